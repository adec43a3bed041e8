// Elementary functions on vectors, within 2 units in the last place. Taylor polynomials suffice on
// the reduced ranges: the first term left out is below 1e-8 of the result.

#define LOG2_E 1.44269504088896341f

/// r and n with x = n ln 2 + r, |r| <= ln 2 / 2.
INLINE Vec reduceExp(Vec x, Vec *n) {
  *n = __builtin_elementwise_rint(x * splat(LOG2_E));
  Vec r = fusedMultiplyAdd(*n, splat(-0x1.62e4p-1f), x);
  return fusedMultiplyAdd(*n, splat(-0x1.7f7d1cp-20f), r);
}

/// exp(r) - 1 for |r| <= ln 2 / 2.
INLINE Vec expm1Reduced(Vec r) {
  Vec p = splat(1.0f / 5040);
  p = fusedMultiplyAdd(p, r, splat(1.0f / 720));
  p = fusedMultiplyAdd(p, r, splat(1.0f / 120));
  p = fusedMultiplyAdd(p, r, splat(1.0f / 24));
  p = fusedMultiplyAdd(p, r, splat(1.0f / 6));
  p = fusedMultiplyAdd(p, r, splat(0.5f));
  return fusedMultiplyAdd(r * r, p, r);
}

/// 2^n for integral -126 <= n <= 127.
INLINE Vec powerOfTwo(Vec n) { return asFloat((__builtin_convertvector(n, IntVec) + 127) << 23); }

INLINE Vec expVec(Vec x) {
  Vec inside = __builtin_elementwise_max(__builtin_elementwise_min(x, splat(89.0f)), splat(-104.0f));
  Vec n, r = reduceExp(inside, &n);
  Vec half = __builtin_elementwise_trunc(n * splat(0.5f));
  // Two factors, so that neither leaves the range of normal numbers before the product does.
  Vec y = (splat(1.0f) + expm1Reduced(r)) * powerOfTwo(half) * powerOfTwo(n - half);
  return pick(x != x, x, y);
}

/// exp(x) for x that is not above 0, as in a softmax: 0 where the result would not be normal.
INLINE Vec expOfNegative(Vec x) {
#if LANES == 16
  // One instruction multiplies by a power of two; its result runs out to zero by itself.
  Vec n, r = reduceExp(x, &n);
  return (Vec)__builtin_ia32_scalefps512_mask(
      splat(1.0f) + expm1Reduced(r), n, splat(0.0f), (unsigned short)0xffff, 4);
#else
  Vec n, r = reduceExp(__builtin_elementwise_max(x, splat(-87.0f)), &n);
  Vec y = (splat(1.0f) + expm1Reduced(r)) * powerOfTwo(n);
  y = pick(x < splat(-87.0f), splat(0.0f), y);
  return pick(x != x, x, y);
#endif
}

/// 2^x for x up to 127: 0 where the result would not be normal.
INLINE Vec exp2Vec(Vec x) {
#if LANES == 16
  const Vec f = (Vec)__builtin_ia32_reduceps512_mask(x, 9, splat(0.0f), (unsigned short)0xffff, 4);
#else
  const Vec inside = __builtin_elementwise_max(x, splat(-126.0f)), n = __builtin_elementwise_floor(inside);
  const Vec f = inside - n;
#endif
  // The minimax polynomial of (2^f - 1) / f, relative to 2^f, on [0, 1]: off by 2e-9 at most.
  Vec p = splat(0x1.c5411ep-13f);
  p = fusedMultiplyAdd(p, f, splat(0x1.46d66ap-10f));
  p = fusedMultiplyAdd(p, f, splat(0x1.3d0b8ep-7f));
  p = fusedMultiplyAdd(p, f, splat(0x1.c68912p-5f));
  p = fusedMultiplyAdd(p, f, splat(0x1.ebfd58p-3f));
  p = fusedMultiplyAdd(p, f, splat(0x1.62e42cp-1f));
  p = fusedMultiplyAdd(p, f, splat(1.0f));
#if LANES == 16
  // Multiplies by two to the power of the largest integer that is not above x, and runs out to zero by itself.
  return (Vec)__builtin_ia32_scalefps512_mask(p, x, splat(0.0f), (unsigned short)0xffff, 4);
#else
  p = pick(x < splat(-126.0f), splat(0.0f), p * powerOfTwo(n));
  return pick(x != x, x, p);
#endif
}

INLINE Vec logVec(Vec x) {
  IntVec small = x < splat(0x1p-126f);
  Vec scaled = pick(small, x * splat(0x1p25f), x);
  IntVec bits = asInt(scaled);
  // The exponent that leaves the fraction in [sqrt(1/2), sqrt(2)).
  IntVec exponent = (bits - 0x3f3504f3) >> 23;
  Vec fraction = asFloat(bits - (exponent << 23));
  Vec e = __builtin_convertvector(exponent, Vec) + pick(small, splat(-25.0f), splat(0.0f));
  Vec f = fraction - splat(1.0f);
  Vec s = f / (f + splat(2.0f));
  Vec z = s * s;
  Vec series = splat(2.0f / 9);
  series = fusedMultiplyAdd(series, z, splat(2.0f / 7));
  series = fusedMultiplyAdd(series, z, splat(2.0f / 5));
  series = fusedMultiplyAdd(series, z, splat(2.0f / 3));
  series = series * z;
  Vec halfSquare = splat(0.5f) * f * f;
  Vec low = fusedMultiplyAdd(e, splat(1.42860677e-06f), s * (halfSquare + series));
  Vec y = fusedMultiplyAdd(e, splat(0x1.62e4p-1f), f - (halfSquare - low));
  y = pick(x == splat(0.0f), splat(-__builtin_inff()), y);
  y = pick(x == splat(__builtin_inff()), x, y);
  return pick((x < splat(0.0f)) | (x != x), splat(__builtin_nanf("")), y);
}

/// Above this, three words of pi/2 no longer carry enough bits: the C library takes over.
#define TRIG_LIMIT 30000.0f

INLINE Vec sinOrCosVec(Vec x, int32_t turn) {
  Vec n = __builtin_elementwise_rint(x * splat(0.636619772367581343f));
  Vec r = fusedMultiplyAdd(n, splat(-0x1.921fb6p+0f), x);
  r = fusedMultiplyAdd(n, splat(0x1.777a5cp-25f), r);
  r = fusedMultiplyAdd(n, splat(0x1.ee59dap-50f), r);
  IntVec inside = (x < splat(TRIG_LIMIT)) & (x > splat(-TRIG_LIMIT));
  IntVec quarter = __builtin_convertvector(pick(inside, n, splat(0.0f)), IntVec) + turn;
  Vec z = r * r;
  Vec sine = splat(1.0f / 362880);
  sine = fusedMultiplyAdd(sine, z, splat(-1.0f / 5040));
  sine = fusedMultiplyAdd(sine, z, splat(1.0f / 120));
  sine = fusedMultiplyAdd(sine, z, splat(-1.0f / 6));
  sine = fusedMultiplyAdd(sine * z, r, r);
  Vec cosine = splat(-1.0f / 3628800);
  cosine = fusedMultiplyAdd(cosine, z, splat(1.0f / 40320));
  cosine = fusedMultiplyAdd(cosine, z, splat(-1.0f / 720));
  cosine = fusedMultiplyAdd(cosine, z, splat(1.0f / 24));
  cosine = fusedMultiplyAdd(cosine * z, z, fusedMultiplyAdd(z, splat(-0.5f), splat(1.0f)));
  Vec y = pick((quarter & 1) == 0, sine, cosine);
  y = asFloat(asInt(y) ^ ((quarter & 2) << 30));
  for (int i = 0; i < LANES; i++)
    if (!inside[i]) y[i] = turn ? __builtin_cosf(x[i]) : __builtin_sinf(x[i]);
  return y;
}

INLINE Vec sinVec(Vec x) { return sinOrCosVec(x, 0); }
INLINE Vec cosVec(Vec x) { return sinOrCosVec(x, 1); }

/// Below 0.35 the Taylor series; above it, with e = exp(2x) - 1, e / (e + 2), and from e = 2 on 1 - 2 / (e + 2), which
/// rounds once less.
INLINE Vec tanhVec(Vec x) {
  const Vec magnitude = asFloat(asInt(x) & 0x7fffffff), z = x * x;
  Vec series = splat(21844.0f / 6081075);
  series = fusedMultiplyAdd(series, z, splat(-1382.0f / 155925));
  series = fusedMultiplyAdd(series, z, splat(62.0f / 2835));
  series = fusedMultiplyAdd(series, z, splat(-17.0f / 315));
  series = fusedMultiplyAdd(series, z, splat(2.0f / 15));
  series = fusedMultiplyAdd(series, z, splat(-1.0f / 3));
  series = fusedMultiplyAdd(series * z, x, x);
  Vec n, r = reduceExp(__builtin_elementwise_min(magnitude, splat(10.0f)) * splat(2.0f), &n);
  Vec scale = powerOfTwo(n);
  Vec e = fusedMultiplyAdd(scale, expm1Reduced(r), scale - splat(1.0f));
  Vec y = pick(e < splat(2.0f), e, splat(2.0f)) / (e + splat(2.0f));
  y = pick(e < splat(2.0f), y, splat(1.0f) - y);
  y = asFloat(asInt(y) | (asInt(x) & (int32_t)0x80000000));
  y = pick(magnitude < splat(0.35f), series, y);
  return pick(x != x, x, y);
}

/// Below 1 a polynomial of x^2 (minimax, 1e-9); above it 1 - erfc(x), the logarithm of erfc a polynomial of x up to 4 (3e-11), from where
/// on it is 1 to the last bit.
INLINE Vec erfVec(Vec x) {
  const Vec magnitude = asFloat(asInt(x) & 0x7fffffff), z = x * x;
  Vec small = splat(7.88911954e-05f);
  small = fusedMultiplyAdd(small, z, splat(-0.000802084128f));
  small = fusedMultiplyAdd(small, z, splat(0.00518953534f));
  small = fusedMultiplyAdd(small, z, splat(-0.0268544446f));
  small = fusedMultiplyAdd(small, z, splat(0.112836002f));
  small = fusedMultiplyAdd(small, z, splat(-0.376126271f));
  small = fusedMultiplyAdd(small, z, splat(0.128379166f));
  small = fusedMultiplyAdd(small, x, x);
  const Vec t = __builtin_elementwise_min(magnitude, splat(4.0f));
  Vec large = splat(-2.168685e-05f);
  large = fusedMultiplyAdd(large, t, splat(0.000441336377f));
  large = fusedMultiplyAdd(large, t, splat(-0.00420456188f));
  large = fusedMultiplyAdd(large, t, splat(0.0252082567f));
  large = fusedMultiplyAdd(large, t, splat(-0.108418577f));
  large = fusedMultiplyAdd(large, t, splat(-0.633219893f));
  large = fusedMultiplyAdd(large, t, splat(-1.12957842f));
  large = fusedMultiplyAdd(large, t, splat(0.000188040231f));
  large = splat(1.0f) - expVec(large);
  large = asFloat(asInt(large) | (asInt(x) & (int32_t)0x80000000));
  Vec y = pick(magnitude < splat(1.0f), small, large);
  return pick(x != x, x, y);
}

INLINE Vec powVec(Vec x, Vec y) {
  Vec result;
  for (int i = 0; i < LANES; i++) result[i] = __builtin_powf(x[i], y[i]);
  return result;
}

/// 1 / (1 + exp(-x)). Where x is not a number neither is it promised to be one here; callers multiply by x.
INLINE Vec sigmoidVec(Vec x) {
  // Up to 2^126, whose reciprocal is normal.
  return reciprocal(splat(1.0f) + exp2Vec(__builtin_elementwise_min(x * splat(-LOG2_E), splat(126.0f))));
}
