#include <stddef.h>

#include "CVectorKernels.h"

extern const VectorKernels kernelsPortable;
#if defined(__x86_64__)
extern const VectorKernels kernelsAVX2, kernelsAVX512;
#endif
extern const PairKernels emulatedPairsPortable;
#if defined(__x86_64__)
extern const PairKernels emulatedPairsAVX2, emulatedPairsAVX512, pairsAVX512BF16;
#endif

const VectorKernels *vectorKernels(VectorISA isa) {
  if (isa == VectorISAPortable) return &kernelsPortable;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (isa == VectorISAAVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return &kernelsAVX2;
  if (isa == VectorISAAVX512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &kernelsAVX512;
#endif
  return NULL;
}

const VectorKernels *bestVectorKernels(void) {
  const VectorKernels *kernels = vectorKernels(VectorISAAVX512);
  if (!kernels) kernels = vectorKernels(VectorISAAVX2);
  return kernels ? kernels : &kernelsPortable;
}

const PairKernels *pairKernels(VectorISA isa) {
#if defined(__x86_64__)
  if (isa == VectorISAAVX512 && vectorKernels(isa) && __builtin_cpu_supports("avx512bf16")) return &pairsAVX512BF16;
#else
  (void)isa;
#endif
  return NULL;
}

const PairKernels *emulatedPairKernels(VectorISA isa) {
  if (!vectorKernels(isa)) return NULL;
#if defined(__x86_64__)
  if (isa == VectorISAAVX2) return &emulatedPairsAVX2;
  if (isa == VectorISAAVX512) return &emulatedPairsAVX512;
#endif
  return &emulatedPairsPortable;
}

int64_t convScratch(const ConvTask *t, int64_t rows) {
  const int64_t inRows = (rows - 1) * t->rowStride + t->tapRows;
  const int64_t inCols = (t->outCols - 1) * t->colStride + t->tapCols;
  const int64_t widestPanel = 32;
  return inRows * inCols * t->inChannels + widestPanel;
}
