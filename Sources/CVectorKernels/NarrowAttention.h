// Attention with few features a head. Lanes are queries: a block's queries lie transposed in registers, the numbers of keys
// and values are broadcast, and the softmax needs no sums across lanes. Where the scores of a tile kernel would be
// finished after 8 steps and written out, these stay in the first-level cache.

/// Rows of `size` numbers, `row` apart, one after another: at their distance they would all fall into a few sets of the
/// first-level cache.
static void gatherRows(int64_t size, int64_t rows, const float *x, int64_t row, float *gathered) {
  for (int64_t j = 0; j < rows; j++) __builtin_memcpy(gathered + j * size, x + j * row, (size_t)size * sizeof(float));
}

/// Rows x[0 ..< rows] of `size` numbers, `row` apart, as `size` vectors of a lane a row; lanes beyond are 0.
INLINE void transposeRows(const int size, int64_t rows, const float *x, int64_t row, Vec *columns) {
  float lanes[LANES] = {0};
#pragma unroll
  for (int d = 0; d < size; d++) {
    for (int64_t i = 0; i < rows; i++) lanes[i] = x[i * row + d];
    columns[d] = load(lanes);
  }
}

/// The way back: row i gets lane i of every vector.
INLINE void storeTransposed(const int size, int64_t rows, const Vec *columns, float *x, int64_t row) {
  float lanes[LANES];
#pragma unroll
  for (int d = 0; d < size; d++) {
    store(lanes, columns[d]);
    for (int64_t i = 0; i < rows; i++) x[i * row + d] = lanes[i];
  }
}

/// sums[j] = sum over d of x[j][d] columns[d], for every row of x. Returns the largest; a NaN may be left out of that, as
/// it makes the exponentials' sum NaN anyway.
INLINE Vec rowProducts(const int size, int64_t rows, const float *x, const Vec *columns, float *sums) {
  Vec top = splat(-__builtin_inff());
  for (int64_t j = 0; j < rows; j++) {
    const float *k = x + j * size;
    Vec even = splat(k[0]) * columns[0], odd = splat(k[1]) * columns[1];
#pragma unroll
    for (int d = 2; d < size; d += 2) {
      even += splat(k[d]) * columns[d];
      odd += splat(k[d + 1]) * columns[d + 1];
    }
    Vec sum = even + odd;
    store(sums + j * LANES, sum);
    top = largerOf(sum, top);
  }
  return top;
}

/// x = exp(scale (x - top)); the sums.
INLINE Vec exponentials(int64_t rows, Vec top, float scale, float *x) {
  Vec sum = splat(0.0f), factor = splat(scale);
  for (int64_t j = 0; j < rows; j++) {
    Vec e = expOfNegative((load(x + j * LANES) - top) * factor);
    store(x + j * LANES, e);
    sum += e;
  }
  return sum;
}

INLINE void narrowAttention(
    const int size, const AttentionTask *t, const float *q, const float *k, const float *v, float *y, int64_t rowBegin,
    int64_t rowEnd, float *scratch) {
  float *keys = scratch, *values = keys + t->keys * size, *scores = values + t->keys * size;
  gatherRows(size, t->keys, k, t->row, keys);
  gatherRows(size, t->keys, v, t->row, values);
  for (int64_t i = rowBegin; i < rowEnd; i += LANES) {
    const int64_t rows = rowEnd - i < LANES ? rowEnd - i : LANES;
    Vec columns[16], result[16];
    transposeRows(size, rows, q + i * t->row, t->row, columns);
    const Vec top = rowProducts(size, t->keys, keys, columns, scores);
    const Vec sum = exponentials(t->keys, top, t->scale, scores);
#pragma unroll
    for (int d = 0; d < size; d++) result[d] = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec p = load(scores + j * LANES);
#pragma unroll
      for (int d = 0; d < size; d++) result[d] += splat(values[j * size + d]) * p;
    }
    const Vec share = splat(1.0f) / sum;
#pragma unroll
    for (int d = 0; d < size; d++) result[d] *= share;
    storeTransposed(size, rows, result, y + i * t->row, t->row);
  }
}

/// sums[j] += sum over the lanes i of weights[j][i] rows[i], for every j.
INLINE void addWeightedRows(int64_t keys, const float *weights, const float *rows, float *sums) {
  Vec row[LANES];
#pragma unroll
  for (int i = 0; i < LANES; i++) row[i] = load(rows + i * LANES);
  for (int64_t j = 0; j < keys; j++) {
    const float *w = weights + j * LANES;
    Vec even = load(sums + j * LANES), odd = splat(w[1]) * row[1];
    even += splat(w[0]) * row[0];
#pragma unroll
    for (int i = 2; i < LANES; i += 2) {
      even += splat(w[i]) * row[i];
      odd += splat(w[i + 1]) * row[i + 1];
    }
    store(sums + j * LANES, even + odd);
  }
}

/// Rows of `size` numbers, each at the beginning of a vector whose other lanes are 0; so are rows beyond.
static void padRows(int64_t size, int64_t rows, const float *x, int64_t row, float *padded) {
  __builtin_memset(padded, 0, LANES * LANES * sizeof(float));
  for (int64_t i = 0; i < rows; i++) __builtin_memcpy(padded + i * LANES, x + i * row, (size_t)size * sizeof(float));
}

INLINE void narrowAttentionGrad(
    const int size, const AttentionTask *t, const float *q, const float *k, const float *v, const float *dy, float *dq,
    float *dk, float *dv, float *scratch) {
  const int64_t matrix = t->keys * LANES;
  float *p = scratch, *slopes = p + matrix, *keySums = slopes + matrix, *valueSums = keySums + matrix;
  float *padded = valueSums + matrix, *keys = padded + LANES * LANES, *values = keys + t->keys * size;
  gatherRows(size, t->keys, k, t->row, keys);
  gatherRows(size, t->keys, v, t->row, values);
  __builtin_memset(keySums, 0, (size_t)(2 * matrix) * sizeof(float));
  IntVec lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  for (int64_t i = 0; i < t->queries; i += LANES) {
    const int64_t rows = t->queries - i < LANES ? t->queries - i : LANES, at = i * t->row;
    const IntVec isThere = lane < (IntVec)((int32_t)rows);
    Vec columns[16], result[16];
    transposeRows(size, rows, q + at, t->row, columns);
    const Vec top = rowProducts(size, t->keys, keys, columns, p);
    const Vec sum = exponentials(t->keys, top, t->scale, p);
    transposeRows(size, rows, dy + at, t->row, columns);
    rowProducts(size, t->keys, values, columns, slopes);
    // A lane without a query must add nothing, whatever the keys are.
    const Vec share = pick(isThere, splat(1.0f) / sum, splat(0.0f)), factor = splat(t->scale);
    Vec dot = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec weight = pick(isThere, load(p + j * LANES) * share, splat(0.0f));
      store(p + j * LANES, weight);
      dot += weight * load(slopes + j * LANES);
    }
#pragma unroll
    for (int d = 0; d < size; d++) result[d] = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      Vec slope = factor * load(p + j * LANES) * (load(slopes + j * LANES) - dot);
      slope = pick(isThere, slope, splat(0.0f));
      store(slopes + j * LANES, slope);
#pragma unroll
      for (int d = 0; d < size; d++) result[d] += splat(keys[j * size + d]) * slope;
    }
    storeTransposed(size, rows, result, dq + at, t->row);
    padRows(size, rows, dy + at, t->row, padded);
    addWeightedRows(t->keys, p, padded, valueSums);
    padRows(size, rows, q + at, t->row, padded);
    addWeightedRows(t->keys, slopes, padded, keySums);
  }
  for (int64_t j = 0; j < t->keys; j++) {
    __builtin_memcpy(dk + j * t->row, keySums + j * LANES, (size_t)size * sizeof(float));
    __builtin_memcpy(dv + j * t->row, valueSums + j * LANES, (size_t)size * sizeof(float));
  }
}

/// Whether the functions above are made for such heads.
static bool isNarrow(const AttentionTask *t) {
  return t->keys > 0 && (t->size == 8 || t->size == 16) && t->size <= LANES;
}

static int64_t narrowScratch(const AttentionTask *t) {
  return (4 * t->keys + LANES) * LANES + 2 * t->keys * t->size;
}
