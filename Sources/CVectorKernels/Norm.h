// Group normalisation (Wu and He, 2018) of one image, its SiLU fused, forward and backward. The image
// stays in the second-level cache between the passes.

/// Runs BODY for every pixel and vector of channels: `i` is the element, `c` the channel, and LOAD and
/// STORE handle the last, shorter vector.
#define EACH_PIXEL_VECTOR(pixels, channels, ...)                                   \
  for (int64_t pixel = 0; pixel < (pixels); pixel++) {                             \
    int64_t c = 0, i = pixel * (channels);                                         \
    for (; c + LANES <= (channels); c += LANES, i += LANES) {                      \
      enum { whole = 1 };                                                          \
      const int64_t rest = LANES;                                                  \
      (void)rest;                                                                  \
      __VA_ARGS__                                                                  \
    }                                                                              \
    if (c < (channels)) {                                                          \
      enum { whole = 0 };                                                          \
      const int64_t rest = (channels) - c;                                         \
      __VA_ARGS__                                                                  \
    }                                                                              \
  }
#define LOAD(p) (whole ? load(p) : loadPart(p, rest))
#define STORE(p, v) (whole ? store(p, v) : storePart(p, v, rest))

/// mean[c] and deviation[c] = 1 / sqrt(variance + epsilon) of c's group, for every channel.
static void groupStatistics(const NormTask *t, const float *x, float *mean, float *deviation) {
  const int64_t width = t->channels / t->groups;
  const float count = (float)(t->pixels * width);
  KERNEL(sumColumns)(t->pixels, t->channels, x, t->channels, mean);
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) sum += mean[c];
    for (int64_t c = g * width; c < (g + 1) * width; c++) mean[c] = sum / count;
  }
  __builtin_memset(deviation, 0, (size_t)t->channels * sizeof(float));
  EACH_PIXEL_VECTOR(t->pixels, t->channels, {
    Vec d = LOAD(x + i) - LOAD(mean + c);
    STORE(deviation + c, LOAD(deviation + c) + d * d);
  })
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) sum += deviation[c];
    const float reciprocal = 1.0f / __builtin_sqrtf(sum / count + t->epsilon);
    for (int64_t c = g * width; c < (g + 1) * width; c++) deviation[c] = reciprocal;
  }
}

static void KERNEL(groupNorm)(
    const NormTask *t, const float *x, const float *gamma, const float *beta, float *y, float *scratch) {
  float *shift = scratch, *scale = scratch + t->channels;
  groupStatistics(t, x, shift, scale);
  for (int64_t c = 0; c < t->channels; c++) {
    scale[c] *= gamma[c];
    shift[c] = beta[c] - shift[c] * scale[c];
  }
  if (t->silu) {
    EACH_PIXEL_VECTOR(t->pixels, t->channels, {
      Vec z = LOAD(x + i) * LOAD(scale + c) + LOAD(shift + c);
      STORE(y + i, z * sigmoidVec(z));
    })
  } else {
    EACH_PIXEL_VECTOR(t->pixels, t->channels, { STORE(y + i, LOAD(x + i) * LOAD(scale + c) + LOAD(shift + c)); })
  }
}

/// With n = (x - mean) deviation, z = gamma n + beta, dz = dy silu'(z): dbeta = sum dz, dgamma = sum dz n, and
/// dx = deviation (gamma dz - mean(gamma dz) - n mean(gamma dz n)), means over the group.
static void KERNEL(groupNormGrad)(
    const NormTask *t, const float *x, const float *gamma, const float *beta, const float *dy, float *dx,
    float *dgamma, float *dbeta, float *scratch) {
  float *mean = scratch, *deviation = mean + t->channels, *slope = deviation + t->channels;
  float *offset = slope + t->channels;
  groupStatistics(t, x, mean, deviation);
  __builtin_memset(dgamma, 0, (size_t)t->channels * sizeof(float));
  __builtin_memset(dbeta, 0, (size_t)t->channels * sizeof(float));
  EACH_PIXEL_VECTOR(t->pixels, t->channels, {
    Vec n = (LOAD(x + i) - LOAD(mean + c)) * LOAD(deviation + c);
    Vec dz = LOAD(dy + i);
    if (t->silu) {
      Vec z = n * LOAD(gamma + c) + LOAD(beta + c);
      Vec s = sigmoidVec(z);
      dz = dz * s * (splat(1.0f) + z * (splat(1.0f) - s));
    }
    STORE(dx + i, dz);
    STORE(dbeta + c, LOAD(dbeta + c) + dz);
    STORE(dgamma + c, LOAD(dgamma + c) + dz * n);
  })
  const int64_t width = t->channels / t->groups;
  const float count = (float)(t->pixels * width);
  for (int64_t g = 0; g < t->groups; g++) {
    float sum = 0;
    float product = 0;
    for (int64_t c = g * width; c < (g + 1) * width; c++) {
      sum += gamma[c] * dbeta[c];
      product += gamma[c] * dgamma[c];
    }
    // dx = dz * (deviation gamma) - n * slope - offset, and n = (x - mean) deviation.
    for (int64_t c = g * width; c < (g + 1) * width; c++) {
      slope[c] = product / count * deviation[c] * deviation[c];
      offset[c] = sum / count * deviation[c];
      deviation[c] *= gamma[c];
    }
  }
  EACH_PIXEL_VECTOR(t->pixels, t->channels, {
    Vec centred = LOAD(x + i) - LOAD(mean + c);
    STORE(dx + i, LOAD(dx + i) * LOAD(deviation + c) - centred * LOAD(slope + c) - LOAD(offset + c));
  })
}
#undef EACH_PIXEL_VECTOR
#undef LOAD
#undef STORE
