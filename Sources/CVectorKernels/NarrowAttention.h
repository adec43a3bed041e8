// Attention with few features a head. Lanes are queries: a block's queries lie transposed in registers, the numbers of keys
// and values are broadcast, and the softmax needs no sums across lanes. Where the scores of a tile kernel would be
// finished after 8 steps and written out, these stay in the first-level cache.

/// Rows of `size` numbers, `row` apart, one after another: at their distance they would all fall into a few sets of the
/// first-level cache.
INLINE void gatherRows(const int size, int64_t rows, const float *x, int64_t row, float *gathered) {
  for (int64_t j = 0; j < rows; j++) __builtin_memcpy(gathered + j * size, x + j * row, (size_t)size * sizeof(float));
}

/// Rows x[0 ..< rows] of `size` numbers, `row` apart, as `size` vectors of a lane a row; lanes beyond are 0.
INLINE void transposeRows(const int size, int64_t rows, const float *x, int64_t row, Vec *columns) {
  Vec turned[LANES];
  float lanes[LANES * LANES] = {0};
  for (int64_t i = 0; i < rows; i++) __builtin_memcpy(lanes + i * LANES, x + i * row, (size_t)size * sizeof(float));
#pragma unroll
  for (int i = 0; i < LANES; i++) turned[i] = load(lanes + i * LANES);
  transposeVectors(turned);
#pragma unroll
  for (int d = 0; d < size; d++) columns[d] = turned[d];
}

/// The way back: row i gets lane i of every vector.
INLINE void storeTransposed(const int size, int64_t rows, const Vec *columns, float *x, int64_t row) {
  Vec turned[LANES];
  float lanes[LANES * LANES];
#pragma unroll
  for (int d = 0; d < LANES; d++) turned[d] = d < size ? columns[d] : splat(0.0f);
  transposeVectors(turned);
#pragma unroll
  for (int i = 0; i < LANES; i++) store(lanes + i * LANES, turned[i]);
  for (int64_t i = 0; i < rows; i++) __builtin_memcpy(x + i * row, lanes + i * LANES, (size_t)size * sizeof(float));
}

/// The sum over d of x[d] columns[d].
INLINE Vec rowProduct(const int size, const float *x, const Vec *columns) {
  Vec even = splat(x[0]) * columns[0], odd = splat(x[1]) * columns[1];
#pragma unroll
  for (int d = 2; d < size; d += 2) {
    even += splat(x[d]) * columns[d];
    odd += splat(x[d + 1]) * columns[d + 1];
  }
  return even + odd;
}

/// The largest sum of squares of a row.
INLINE float largestSquare(const int size, int64_t rows, const float *x) {
  float largest = 0;
  for (int64_t j = 0; j < rows; j++) {
    float sum = 0;
#pragma unroll
    for (int d = 0; d < size; d++) sum += x[j * size + d] * x[j * size + d];
    largest = sum > largest ? sum : largest;
  }
  return largest;
}

/// What is taken from the scores, times `factor`, before two is raised to their power, so that no weight overflows and the
/// largest does not vanish: the softmax does not depend on it. No score exceeds the product of its query's and the longest
/// key's lengths (Cauchy and Schwarz), which needs no look at the scores; where that may be far too much, their maximum.
INLINE Vec softmaxOffset(
    const int size, int64_t rows, const float *keys, float longestSquare, Vec factor, const Vec *columns) {
  Vec square = splat(0.0f);
#pragma unroll
  for (int d = 0; d < size; d++) square += columns[d] * columns[d];
  const Vec bound = __builtin_elementwise_sqrt(square * splat(longestSquare)) * __builtin_elementwise_abs(factor);
  if (maxLanes(bound) <= 24.0f) return bound;
  Vec top = splat(-__builtin_inff());
  for (int64_t j = 0; j < rows; j++) top = largerOf(rowProduct(size, keys + j * size, columns) * factor, top);
  return top;
}

INLINE void narrowAttention(
    const int size, const AttentionTask *t, const float *q, const float *k, const float *v, float *y, int64_t rowBegin,
    int64_t rowEnd, float *scratch) {
  float *keys = scratch, *values = keys + t->keys * size;
  gatherRows(size, t->keys, k, t->row, keys);
  gatherRows(size, t->keys, v, t->row, values);
  const Vec factor = splat(t->scale * LOG2_E);
  const float longestSquare = largestSquare(size, t->keys, keys);
  for (int64_t i = rowBegin; i < rowEnd; i += LANES) {
    const int64_t rows = rowEnd - i < LANES ? rowEnd - i : LANES;
    Vec columns[16], result[16], sum = splat(0.0f);
    transposeRows(size, rows, q + i * t->row, t->row, columns);
    const Vec offset = softmaxOffset(size, t->keys, keys, longestSquare, factor, columns);
#pragma unroll
    for (int d = 0; d < size; d++) result[d] = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec score = rowProduct(size, keys + j * size, columns);
      const Vec e = exp2Vec(fusedMultiplyAdd(score, factor, -offset));
      sum += e;
#pragma unroll
      for (int d = 0; d < size; d++) result[d] += splat(values[j * size + d]) * e;
    }
    const Vec share = splat(1.0f) / sum;
#pragma unroll
    for (int d = 0; d < size; d++) result[d] *= share;
    storeTransposed(size, rows, result, y + i * t->row, t->row);
  }
}

/// Features whose two gradients fill a vector.
enum { PAIRS = LANES / 2 };

/// sums[j] += sum over the lanes i of pairs[j][i] rows[i], for every j: a pair are a weight and a slope, a row holds features
/// of y's gradient and of a query in turns, so that both gradients come of one multiplication.
INLINE void addPairedRows(int64_t keys, const float *pairs, const float *rows, float *sums, int64_t sumRow) {
  Vec row[LANES];
#pragma unroll
  for (int i = 0; i < LANES; i++) row[i] = load(rows + i * LANES);
  for (int64_t j = 0; j < keys; j++) {
    const float *pair = pairs + j * 2 * LANES;
    Vec even = load(sums + j * sumRow), odd = splatPair(pair + 2) * row[1];
    even += splatPair(pair) * row[0];
#pragma unroll
    for (int i = 2; i < LANES; i += 2) {
      even += splatPair(pair + 2 * i) * row[i];
      odd += splatPair(pair + 2 * i + 2) * row[i + 1];
    }
    store(sums + j * sumRow, even + odd);
  }
}

/// PAIRS features of each row of x and y in turns, a vector a row; rows beyond are 0.
INLINE void pairRows(int64_t rows, const float *x, const float *y, int64_t row, float *paired) {
  __builtin_memset(paired, 0, LANES * LANES * sizeof(float));
  for (int64_t i = 0; i < rows; i++)
    for (int64_t d = 0; d < PAIRS; d++) {
      paired[i * LANES + 2 * d] = x[i * row + d];
      paired[i * LANES + 2 * d + 1] = y[i * row + d];
    }
}

INLINE void narrowAttentionGrad(
    const int size, const AttentionTask *t, const float *q, const float *k, const float *v, const float *dy, float *dq,
    float *dk, float *dv, float *scratch) {
  const int64_t matrix = t->keys * LANES;
  float *weights = scratch, *slopes = weights + matrix, *pairs = slopes + matrix, *sums = pairs + 2 * matrix;
  float *paired = sums + 2 * t->keys * size, *keys = paired + LANES * LANES, *values = keys + t->keys * size;
  gatherRows(size, t->keys, k, t->row, keys);
  gatherRows(size, t->keys, v, t->row, values);
  __builtin_memset(sums, 0, (size_t)(2 * t->keys * size) * sizeof(float));
  const Vec factor = splat(t->scale), power = splat(t->scale * LOG2_E);
  const float longestSquare = largestSquare(size, t->keys, keys);
  IntVec lane;
  for (int i = 0; i < LANES; i++) lane[i] = i;
  for (int64_t i = 0; i < t->queries; i += LANES) {
    const int64_t rows = t->queries - i < LANES ? t->queries - i : LANES, at = i * t->row;
    // A lane without a query must add nothing, whatever the keys are.
    const IntVec isThere = lane < (IntVec)((int32_t)rows);
    Vec columns[16], result[16];
    transposeRows(size, rows, q + at, t->row, columns);
    const Vec offset = softmaxOffset(size, t->keys, keys, longestSquare, power, columns);
    Vec sum = splat(0.0f), mean = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec e = exp2Vec(fusedMultiplyAdd(rowProduct(size, keys + j * size, columns), power, -offset));
      store(weights + j * LANES, e);
      sum += e;
    }
    transposeRows(size, rows, dy + at, t->row, columns);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec slope = rowProduct(size, values + j * size, columns);
      store(slopes + j * LANES, slope);
      mean += load(weights + j * LANES) * slope;
    }
    const Vec share = splat(1.0f) / sum;
    mean *= share;
#pragma unroll
    for (int d = 0; d < size; d++) result[d] = splat(0.0f);
    for (int64_t j = 0; j < t->keys; j++) {
      const Vec weight = pick(isThere, load(weights + j * LANES) * share, splat(0.0f));
      const Vec slope = pick(isThere, factor * weight * (load(slopes + j * LANES) - mean), splat(0.0f));
      store(pairs + j * 2 * LANES, interleaveLow(weight, slope));
      store(pairs + j * 2 * LANES + LANES, interleaveHigh(weight, slope));
#pragma unroll
      for (int d = 0; d < size; d++) result[d] += splat(keys[j * size + d]) * slope;
    }
    storeTransposed(size, rows, result, dq + at, t->row);
    for (int64_t d = 0; d < size; d += PAIRS) {
      pairRows(rows, dy + at + d, q + at + d, t->row, paired);
      addPairedRows(t->keys, pairs, paired, sums + 2 * d, 2 * size);
    }
  }
  for (int64_t j = 0; j < t->keys; j++)
    for (int64_t d = 0; d < size; d++) {
      dv[j * t->row + d] = sums[2 * (j * size + d)];
      dk[j * t->row + d] = sums[2 * (j * size + d) + 1];
    }
}

/// Whether the functions above are made for such heads.
static bool isNarrow(const AttentionTask *t) {
  return t->keys > 0 && (t->size == 8 || t->size == 16) && t->size <= LANES;
}

static int64_t narrowScratch(const AttentionTask *t) {
  return (4 * t->keys + LANES) * LANES + 4 * t->keys * t->size;
}
