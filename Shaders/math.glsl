// Tests and functions with a promised accuracy.
//
// exp within about 2 ulp, which Vulkan's own does not promise: exp(x) = 2^n exp(r), |r| <= ln(2)/2.
#ifndef MATH_GLSL
#define MATH_GLSL

// By the bits, since a driver may assume that no value is NaN.
bool isBad(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }

float exponential(float x) {
  precise float n = roundEven(clamp(x, -104.0, 89.0) * 1.4426950408889634);
  precise float r = fma(n, -0.693145751953125, x);
  r = fma(n, -1.428606765330187e-06, r);
  float p = 1.0 / 5040.0;
  p = fma(p, r, 1.0 / 720.0);
  p = fma(p, r, 1.0 / 120.0);
  p = fma(p, r, 1.0 / 24.0);
  p = fma(p, r, 1.0 / 6.0);
  p = fma(p, r, 0.5);
  p = fma(p, r * r, r) + 1.0;
  // 2^n in two factors, since n reaches beyond what one exponent holds.
  int whole = int(n);
  int half_ = whole >> 1;
  float y = p * uintBitsToFloat(uint(half_ + 127) << 23) * uintBitsToFloat(uint(whole - half_ + 127) << 23);
  if (x > 88.722839) y = uintBitsToFloat(0x7f800000u);
  if (x < -104.0) y = 0.0;
  return isBad(x) ? x : y;
}

float logistic(float x) {
  // Written so that neither side overflows.
  float e = exponential(-abs(x));
  return (x >= 0.0 ? 1.0 : e) / (1.0 + e);
}

#endif
