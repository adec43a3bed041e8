// x86-64 processors with the AVX-512 of Skylake servers: 512-bit vectors.
#if defined(__x86_64__)
#define KERNEL(name) name##AVX512
#define KERNEL_ISA VectorISAAVX512
#define LANES 16
#define TILE_ROWS 8

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#include "KernelSet.h"
#pragma clang attribute pop

extern const VectorKernels kernelsAVX512;
const VectorKernels kernelsAVX512 = KERNEL_TABLE;
extern const PairKernels emulatedPairsAVX512;
const PairKernels emulatedPairsAVX512 = PAIR_TABLE;
#endif
