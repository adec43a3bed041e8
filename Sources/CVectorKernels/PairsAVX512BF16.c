// x86-64 processors with AVX512-BF16: two products of bf16 numbers, and their sums, in one instruction.
#if defined(__x86_64__)
#define KERNEL(name) name##AVX512BF16
#define LANES 16
#define TILE_ROWS 8

#include <stddef.h>

#include "CVectorKernels.h"

#pragma clang attribute push( \
    __attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,bmi,bmi2"))), apply_to = function)
#include "Vector.h"

enum { PANEL = 2 * LANES };

INLINE Vec addPairs(Vec sum, IntVec a, IntVec b) {
  typedef __bf16 Halves __attribute__((vector_size(64)));
  return (Vec)__builtin_ia32_dpbf16ps_512(sum, (Halves)a, (Halves)b);
}

#include "PairProduct.h"
#pragma clang attribute pop

extern const PairKernels pairsAVX512BF16;
const PairKernels pairsAVX512BF16 = PAIR_TABLE;
#endif
