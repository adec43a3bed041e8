// Sums and maxima in a fixed order: lanes first, then a balanced tree; long columns in blocks of 64
// rows, so that rounding errors grow with the number of blocks only.

static void KERNEL(sumRows)(int64_t rows, int64_t n, const float *x, float *result) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    if (n < LANES) {
      float sum = 0;
      for (int64_t i = 0; i < n; i++) sum += x[i];
      result[r] = sum;
      continue;
    }
    Vec total = splat(0.0f);
    for (int64_t block = 0; block < n; block += 64 * LANES) {
      const int64_t end = n - block < 64 * LANES ? n : block + 64 * LANES;
      Vec s0 = splat(0.0f), s1 = s0, s2 = s0, s3 = s0;
      int64_t i = block;
      for (; i + 4 * LANES <= end; i += 4 * LANES) {
        s0 += load(x + i);
        s1 += load(x + i + LANES);
        s2 += load(x + i + 2 * LANES);
        s3 += load(x + i + 3 * LANES);
      }
      for (; i + LANES <= end; i += LANES) s0 += load(x + i);
      if (i < end) s1 += loadPart(x + i, end - i);
      total += (s0 + s1) + (s2 + s3);
    }
    result[r] = sumLanes(total);
  }
}

static void KERNEL(maxRows)(int64_t rows, int64_t n, const float *x, float *result) {
  for (int64_t r = 0; r < rows; r++, x += n) {
    float best = -__builtin_inff();
    int64_t i = 0;
    if (n >= LANES) {
      Vec top = load(x);
      for (i = LANES; i + LANES <= n; i += LANES) top = maxVec(load(x + i), top);
      best = maxLanes(top);
    }
    for (; i < n; i++) best = maxOf(x[i], best);
    result[r] = best;
  }
}

/// Adds the columns j0 ..< j0 + vectors * LANES of rows 0 ..< rows to the result.
INLINE void sumColumnBlock(const int vectors, int64_t rows, const float *x, int64_t row, float *result) {
  Vec sum[4];
#pragma unroll
  for (int v = 0; v < vectors; v++) sum[v] = splat(0.0f);
  for (int64_t r = 0; r < rows; r++, x += row)
#pragma unroll
    for (int v = 0; v < vectors; v++) sum[v] += load(x + v * LANES);
#pragma unroll
  for (int v = 0; v < vectors; v++) store(result + v * LANES, load(result + v * LANES) + sum[v]);
}

static void KERNEL(sumColumns)(int64_t rows, int64_t n, const float *x, int64_t row, float *result) {
  __builtin_memset(result, 0, (size_t)n * sizeof(float));
  for (int64_t block = 0; block < rows; block += 64) {
    const int64_t count = rows - block < 64 ? rows - block : 64;
    const float *from = x + block * row;
    int64_t j = 0;
    for (; j + 4 * LANES <= n; j += 4 * LANES) sumColumnBlock(4, count, from + j, row, result + j);
    for (; j + LANES <= n; j += LANES) sumColumnBlock(1, count, from + j, row, result + j);
    for (; j < n; j++) {
      float sum = 0;
      for (int64_t r = 0; r < count; r++) sum += from[r * row + j];
      result[j] += sum;
    }
  }
}

static void KERNEL(maxColumns)(int64_t rows, int64_t n, const float *x, int64_t row, float *result) {
  for (int64_t j = 0; j < n; j++) result[j] = -__builtin_inff();
  for (int64_t r = 0; r < rows; r++, x += row) {
    int64_t j = 0;
    for (; j + LANES <= n; j += LANES) store(result + j, maxVec(load(x + j), load(result + j)));
    for (; j < n; j++) result[j] = maxOf(x[j], result[j]);
  }
}

/// y = exp(scale (x - max)) / their sum, row by row; y may be x.
static void scaledSoftmax(int64_t rows, int64_t n, float scale, const float *x, float *y) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float top;
    KERNEL(maxRows)(1, n, x, &top);
    Vec sum = splat(0.0f), limit = splat(top), factor = splat(scale);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
      Vec e = expVec((load(x + i) - limit) * factor);
      store(y + i, e);
      sum += e;
    }
    if (i < n) {
      storePart(y + i, expVec((loadPart(x + i, n - i) - limit) * factor), n - i);
      sum += loadPart(y + i, n - i);
    }
    Vec share = splat(1.0f / sumLanes(sum));
    for (i = 0; i + LANES <= n; i += LANES) store(y + i, load(y + i) * share);
    if (i < n) storePart(y + i, loadPart(y + i, n - i) * share, n - i);
  }
}

static void KERNEL(softmax)(int64_t rows, int64_t n, const float *x, float *y) {
  scaledSoftmax(rows, n, 1.0f, x, y);
}

/// dx = scale y (dy - sum(y dy)), row by row; dx may be dy.
static void scaledSoftmaxGrad(int64_t rows, int64_t n, float scale, const float *y, const float *dy, float *dx) {
  for (int64_t r = 0; r < rows; r++, y += n, dy += n, dx += n) {
    Vec sum = splat(0.0f), factor = splat(scale);
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) sum += load(y + i) * load(dy + i);
    if (i < n) sum += loadPart(y + i, n - i) * loadPart(dy + i, n - i);
    Vec dot = splat(sumLanes(sum));
    for (i = 0; i + LANES <= n; i += LANES) store(dx + i, factor * load(y + i) * (load(dy + i) - dot));
    if (i < n) storePart(dx + i, factor * loadPart(y + i, n - i) * (loadPart(dy + i, n - i) - dot), n - i);
  }
}

static void KERNEL(softmaxGrad)(int64_t rows, int64_t n, const float *y, const float *dy, float *dx) {
  scaledSoftmaxGrad(rows, n, 1.0f, y, dy, dx);
}
