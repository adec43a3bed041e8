// Matrix products of bf16 numbers with float sums, two steps of the reduction at a time: what the instruction vdpbf16ps of
// AVX512-BF16 does. The including file defines `addPairs`, the instruction or the same in others.
//
// A word holds two bf16 numbers that follow each other in the reduction, the first one in its lower half. A product of two bf16
// numbers is a float without rounding, so it makes no difference whether it is rounded before it is added. Sums are rounded
// to nearest, the upper product is added before the lower one, and subnormal numbers count as zero, in the instruction
// always, else where the thread flushes them (`flushDenormals`).

/// LANES rows of the right factor at a time as words: row l of panel p has b[2l][j] and b[2l + 1][j] for PANEL columns j, zeros
/// beyond n and k.
static void KERNEL(packPairs)(
    int64_t k, int64_t n, const uint16_t *b, int64_t bRow, int64_t bCol, uint32_t *panels) {
  for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
    const int64_t width = n - j0 < PANEL ? n - j0 : PANEL;
    for (int64_t i = 0; i < k; i += 2, panels += PANEL) {
      const uint16_t *first = b + i * bRow + j0 * bCol, *second = first + bRow;
      const bool isWhole = i + 1 < k;
      for (int64_t j = 0; j < width; j++)
        panels[j] = (uint32_t)first[j * bCol] | (isWhole ? (uint32_t)second[j * bCol] << 16 : 0);
      for (int64_t j = width; j < PANEL; j++) panels[j] = 0;
    }
  }
}

/// Pairs of rows of a (k x m, rows aStep apart): row l of the result has m words, the left factor of `gemmPairs`.
static void KERNEL(joinRows)(int64_t k, int64_t m, const uint16_t *a, int64_t aStep, uint32_t *pairs) {
  for (int64_t i = 0; i < k; i += 2, pairs += m) {
    const uint16_t *first = a + i * aStep, *second = first + aStep;
    if (i + 1 < k)
      for (int64_t j = 0; j < m; j++) pairs[j] = (uint32_t)first[j] | (uint32_t)second[j] << 16;
    else
      for (int64_t j = 0; j < m; j++) pairs[j] = first[j];
  }
}

INLINE IntVec splatPairOf(const uint16_t *p) {
  int32_t word;
  __builtin_memcpy(&word, p, sizeof word);
  return (IntVec)(word);
}

/// `rows` x PANEL sums over k steps. `a` has rows `aRow` and pairs `aPair` apart, `b` is one panel.
INLINE void pairTile(
    const int rows, const int64_t k, const uint16_t *a, const int64_t aRow, const int64_t aPair, const uint32_t *b,
    float *c, int64_t cRow, int64_t columns, bool accumulate) {
  Vec sum[8][2];
#pragma unroll
  for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = splat(0.0f);
  for (int64_t l = 0; l < k; l += 2, a += aPair, b += PANEL) {
    const IntVec right0 = asInt(load((const float *)b)), right1 = asInt(load((const float *)b + LANES));
    const bool isHalf = l + 1 == k;
#pragma unroll
    for (int i = 0; i < rows; i++) {
      // What follows the last number of a row is none of its own.
      const IntVec left = isHalf ? (IntVec)((int32_t)a[i * aRow]) : splatPairOf(a + i * aRow);
      sum[i][0] = addPairs(sum[i][0], left, right0);
      sum[i][1] = addPairs(sum[i][1], left, right1);
    }
  }
#pragma unroll
  for (int i = 0; i < rows; i++) {
#pragma unroll
    for (int j = 0; j < 2; j++) {
      const int64_t width = columns - j * LANES;
      float *to = c + i * cRow + j * LANES;
      if (width > 0) storeSome(to, accumulate ? loadSome(to, width) + sum[i][j] : sum[i][j], width);
    }
  }
}

static void KERNEL(gemmPairs)(
    int64_t m, int64_t n, int64_t k, const uint16_t *a, int64_t aRow, int64_t aPair, const uint32_t *panels, float *c,
    int64_t cRow, bool accumulate) {
  const int64_t panelSize = (k + 1) / 2 * PANEL;
  for (int64_t j0 = 0; j0 < n; j0 += PANEL, panels += panelSize) {
    int64_t i = 0;
    for (; i + TILE_ROWS <= m; i += TILE_ROWS)
      pairTile(TILE_ROWS, k, a + i * aRow, aRow, aPair, panels, c + i * cRow + j0, cRow, n - j0, accumulate);
    for (; i < m; i++)
      pairTile(1, k, a + i * aRow, aRow, aPair, panels, c + i * cRow + j0, cRow, n - j0, accumulate);
  }
}

#define PAIR_TABLE                                                                      \
  {                                                                                     \
    .panelWidth = PANEL, .tileRows = TILE_ROWS, .packPairs = KERNEL(packPairs),         \
    .joinRows = KERNEL(joinRows), .gemmPairs = KERNEL(gemmPairs),                       \
  }
