// The vector type of the instruction set being compiled. A file of kernels is included once for each
// set, between KERNELS_BEGIN and KERNELS_END of KernelSet.h.

typedef float Vec __attribute__((ext_vector_type(LANES)));
typedef int32_t IntVec __attribute__((ext_vector_type(LANES)));
typedef uint32_t UIntVec __attribute__((ext_vector_type(LANES)));
typedef float LooseVec __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

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

INLINE Vec asFloat(IntVec v) { return (Vec)v; }
INLINE IntVec asInt(Vec v) { return (IntVec)v; }
INLINE Vec fusedMultiplyAdd(Vec a, Vec b, Vec c) { return __builtin_elementwise_fma(a, b, c); }
/// Lanes of a where the mask is set (-1), of b where it is clear (0).
INLINE Vec pick(IntVec mask, Vec a, Vec b) { return asFloat((asInt(a) & mask) | (asInt(b) & ~mask)); }

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
