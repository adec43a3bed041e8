// x86-64 processors with AVX2 and fused multiply-add: 256-bit vectors.
#if defined(__x86_64__)
#define KERNEL(name) name##AVX2
#define KERNEL_ISA VectorISAAVX2
#define LANES 8
#define TILE_ROWS 6

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#include "KernelSet.h"
#pragma clang attribute pop

extern const VectorKernels kernelsAVX2;
const VectorKernels kernelsAVX2 = KERNEL_TABLE;
extern const PairKernels emulatedPairsAVX2;
const PairKernels emulatedPairsAVX2 = PAIR_TABLE;
#endif
