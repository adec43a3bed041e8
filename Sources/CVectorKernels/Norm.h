// Group normalisation (Wu and He, 2018) of one image, its SiLU fused, forward and backward. The image stays in the
// second-level cache between the passes; within a pass, blocks of pixels stay in the first-level one while one vector
// of channels after the other is worked off, its parameters in registers.

enum { NORM_BLOCK = 64 };

/// For every block of pixels begin ..< end and every vector of channels from c. `whole` says that channels fill vectors,
/// else `rest` or fewer are left; as a constant it keeps calls for part of a vector out of the loops.
#define EACH_BLOCK_AND_VECTOR(t)                                                                           \
  for (int64_t begin = 0, end; end = begin + NORM_BLOCK < (t)->pixels ? begin + NORM_BLOCK : (t)->pixels,  \
               begin < (t)->pixels;                                                                        \
       begin = end)                                                                                        \
    for (int64_t c = 0, rest = whole ? LANES : (t)->channels; c < (t)->channels;                           \
         c += LANES, rest = whole ? LANES : rest - LANES)

/// mean[c] and deviation[c] = 1 / sqrt(variance + epsilon) of c's group, for every channel.
INLINE void groupStatistics(const bool whole, const NormTask *t, const float *x, float *mean, float *deviation) {
  const int64_t width = t->channels / t->groups;
  const float count = (float)(t->pixels * width);
  KERNEL(sumColumns)(t->pixels, t->channels, x, t->channels, mean);
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) sum += mean[c];
    for (int64_t c = g * width; c < (g + 1) * width; c++) mean[c] = sum / count;
  }
  __builtin_memset(deviation, 0, (size_t)t->channels * sizeof(float));
  EACH_BLOCK_AND_VECTOR(t) {
    const Vec centre = loadSome(mean + c, rest);
    Vec sum = splat(0.0f);
    for (int64_t p = begin; p < end; p++) {
      const Vec d = loadSome(x + p * t->channels + c, rest) - centre;
      sum += d * d;
    }
    storeSome(deviation + c, loadSome(deviation + c, rest) + sum, rest);
  }
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) sum += deviation[c];
    const float inverse = 1.0f / __builtin_sqrtf(sum / count + t->epsilon);
    for (int64_t c = g * width; c < (g + 1) * width; c++) deviation[c] = inverse;
  }
}

INLINE void groupNormBody(
    const bool whole, const NormTask *t, const float *x, const float *gamma, const float *beta, float *y, float *scratch) {
  float *shift = scratch, *scale = scratch + t->channels;
  groupStatistics(whole, t, x, shift, scale);
  for (int64_t c = 0; c < t->channels; c++) {
    scale[c] *= gamma[c];
    shift[c] = beta[c] - shift[c] * scale[c];
  }
  EACH_BLOCK_AND_VECTOR(t) {
    const Vec factor = loadSome(scale + c, rest), offset = loadSome(shift + c, rest);
    for (int64_t p = begin; p < end; p++) {
      const int64_t i = p * t->channels + c;
      Vec z = fusedMultiplyAdd(loadSome(x + i, rest), factor, offset);
      if (t->silu) z *= sigmoidVec(z);
      storeSome(y + i, z, rest);
    }
  }
}

static void KERNEL(groupNorm)(
    const NormTask *t, const float *x, const float *gamma, const float *beta, float *y, float *scratch) {
  if (t->channels % LANES == 0) groupNormBody(true, t, x, gamma, beta, y, scratch);
  else groupNormBody(false, t, x, gamma, beta, y, scratch);
}

/// With n = (x - mean) deviation, z = gamma n + beta, dz = dy silu'(z): dbeta = sum dz, dgamma = sum dz n, and
/// dx = deviation (gamma dz - mean(gamma dz) - n mean(gamma dz n)), means over the group.
INLINE void groupNormGradBody(
    const bool whole, const NormTask *t, const float *x, const float *gamma, const float *beta, const float *dy, float *dx,
    float *dgamma, float *dbeta, float *scratch) {
  float *mean = scratch, *deviation = mean + t->channels, *slope = deviation + t->channels;
  float *offset = slope + t->channels;
  groupStatistics(whole, t, x, mean, deviation);
  __builtin_memset(dgamma, 0, (size_t)t->channels * sizeof(float));
  __builtin_memset(dbeta, 0, (size_t)t->channels * sizeof(float));
  EACH_BLOCK_AND_VECTOR(t) {
    const Vec centre = loadSome(mean + c, rest), inverse = loadSome(deviation + c, rest);
    const Vec factor = loadSome(gamma + c, rest), shift = loadSome(beta + c, rest);
    Vec sum = splat(0.0f), product = splat(0.0f);
    for (int64_t p = begin; p < end; p++) {
      const int64_t i = p * t->channels + c;
      const Vec n = (loadSome(x + i, rest) - centre) * inverse;
      Vec dz = loadSome(dy + i, rest);
      if (t->silu) {
        const Vec z = fusedMultiplyAdd(n, factor, shift), s = sigmoidVec(z);
        dz *= s * fusedMultiplyAdd(z, splat(1.0f) - s, splat(1.0f));
      }
      storeSome(dx + i, dz, rest);
      sum += dz;
      product += dz * n;
    }
    storeSome(dbeta + c, loadSome(dbeta + c, rest) + sum, rest);
    storeSome(dgamma + c, loadSome(dgamma + c, rest) + product, rest);
  }
  const int64_t width = t->channels / t->groups;
  const float count = (float)(t->pixels * width);
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    float product = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) {
      sum += gamma[c] * dbeta[c];
      product += gamma[c] * dgamma[c];
    }
    // dx = dz (deviation gamma) - (x - mean) slope - offset.
    for (int64_t c = g * width; c < (g + 1) * width; c++) {
      slope[c] = product / count * deviation[c] * deviation[c];
      offset[c] = sum / count * deviation[c];
      deviation[c] *= gamma[c];
    }
  }
  EACH_BLOCK_AND_VECTOR(t) {
    const Vec centre = loadSome(mean + c, rest), factor = loadSome(deviation + c, rest);
    const Vec tilt = loadSome(slope + c, rest), shift = loadSome(offset + c, rest);
    for (int64_t p = begin; p < end; p++) {
      const int64_t i = p * t->channels + c;
      const Vec centred = loadSome(x + i, rest) - centre;
      storeSome(dx + i, loadSome(dx + i, rest) * factor - centred * tilt - shift, rest);
    }
  }
}

static void KERNEL(groupNormGrad)(
    const NormTask *t, const float *x, const float *gamma, const float *beta, const float *dy, float *dx,
    float *dgamma, float *dbeta, float *scratch) {
  if (t->channels % LANES == 0) groupNormGradBody(true, t, x, gamma, beta, dy, dx, dgamma, dbeta, scratch);
  else groupNormGradBody(false, t, x, gamma, beta, dy, dx, dgamma, dbeta, scratch);
}
#undef EACH_BLOCK_AND_VECTOR
