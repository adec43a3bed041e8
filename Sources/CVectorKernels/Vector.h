// The vector type of the instruction set being compiled. A file of kernels is included once for each
// set, between KERNELS_BEGIN and KERNELS_END of KernelSet.h.

typedef float Vec __attribute__((ext_vector_type(LANES)));
typedef int32_t IntVec __attribute__((ext_vector_type(LANES)));
typedef uint32_t UIntVec __attribute__((ext_vector_type(LANES)));
typedef float LooseVec __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

/// Keeps loads where they are written: moved up together they would need more registers than there are.
#define COMPILER_BARRIER __asm__ volatile("" ::: "memory")
#define INLINE static inline __attribute__((always_inline))

INLINE Vec load(const float *p) { return *(const LooseVec *)p; }
INLINE void store(float *p, Vec v) { *(LooseVec *)p = v; }
INLINE Vec splat(float x) { return (Vec)(x); }

INLINE Vec loadPart(const float *p, int64_t n) {
  Vec v = (Vec)(0.0f);
  __builtin_memcpy(&v, p, (size_t)n * sizeof(float));
  return v;
}
INLINE void storePart(float *p, Vec v, int64_t n) { __builtin_memcpy(p, &v, (size_t)n * sizeof(float)); }

/// At most one vector: the first n lanes where there are fewer.
INLINE Vec loadSome(const float *p, int64_t n) { return n >= LANES ? load(p) : loadPart(p, n); }
INLINE void storeSome(float *p, Vec v, int64_t n) {
  if (n >= LANES) store(p, v);
  else storePart(p, v, n);
}

INLINE Vec asFloat(IntVec v) { return (Vec)v; }
INLINE IntVec asInt(Vec v) { return (IntVec)v; }
INLINE Vec fusedMultiplyAdd(Vec a, Vec b, Vec c) { return __builtin_elementwise_fma(a, b, c); }
/// Lanes of a where the mask is set (-1), of b where it is clear (0).
INLINE Vec pick(IntVec mask, Vec a, Vec b) { return mask ? a : b; }
/// The lanes of the lower (upper) halves of a and b, in turns.
#if LANES == 16
INLINE Vec interleaveLow(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
INLINE Vec interleaveHigh(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif LANES == 8
INLINE Vec interleaveLow(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
INLINE Vec interleaveHigh(Vec a, Vec b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
INLINE Vec interleaveLow(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
INLINE Vec interleaveHigh(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

/// Rows to columns: lane j of row i goes to lane i of row j.
INLINE void transposeVectors(Vec rows[LANES]) {
  // Each round interleaves the halves; after as many as LANES has bits, every element has come to its place.
#pragma unroll
  for (int round = 1; round < LANES; round *= 2) {
    Vec next[LANES];
#pragma unroll
    for (int i = 0; i < LANES / 2; i++) {
      next[2 * i] = interleaveLow(rows[i], rows[i + LANES / 2]);
      next[2 * i + 1] = interleaveHigh(rows[i], rows[i + LANES / 2]);
    }
#pragma unroll
    for (int i = 0; i < LANES; i++) rows[i] = next[i];
  }
}

/// Two neighbouring numbers in all pairs of lanes.
INLINE Vec splatPair(const float *p) {
  double pair;
  __builtin_memcpy(&pair, p, sizeof pair);
  typedef double Pairs __attribute__((ext_vector_type(LANES / 2)));
  return (Vec)(Pairs)(pair);
}

/// The larger of each pair; b where one is NaN.
INLINE Vec largerOf(Vec a, Vec b) { return a > b ? a : b; }

/// 1 / x for normal x whose reciprocal is normal too, within 1 unit in the last place.
INLINE Vec reciprocal(Vec x) {
#if LANES == 16
  // A division takes as long as eight multiplications here; one Newton step doubles the estimate's 14 bits.
  Vec estimate = (Vec)__builtin_ia32_rcp14ps512_mask(x, splat(0.0f), (unsigned short)0xffff);
  return fusedMultiplyAdd(estimate, fusedMultiplyAdd(-x, estimate, splat(1.0f)), estimate);
#else
  return splat(1.0f) / x;
#endif
}

/// The sum of the lanes, in the fixed order of a balanced tree.
INLINE float sumLanes(Vec v) {
  float lanes[LANES];
  __builtin_memcpy(lanes, &v, sizeof lanes);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
  return lanes[0];
}
INLINE float maxOf(float a, float b) { return (a > b || a != a) ? a : b; }
INLINE Vec maxVec(Vec a, Vec b) { return pick((a > b) | (a != a), a, b); }
INLINE float maxLanes(Vec v) {
  float result = v[0];
  for (int i = 1; i < LANES; i++) result = maxOf(v[i], result);
  return result;
}
