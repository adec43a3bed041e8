// Scaled dot-product attention of one image and head. A block of rows of the scores is computed, used and forgotten in
// the second-level cache; the backward pass computes it again.

/// Rows of scores that are computed together.
enum { ATTENTION_ROWS = 32 };

static int64_t wholePanels(int64_t columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

static void KERNEL(attention)(
    const AttentionTask *t, const float *q, const float *k, const float *v, float *y, int64_t rowBegin,
    int64_t rowEnd, float *scratch) {
  if (isNarrow(t) && t->size == 8) return narrowAttention(8, t, q, k, v, y, rowBegin, rowEnd, scratch);
  if (isNarrow(t)) return narrowAttention(16, t, q, k, v, y, rowBegin, rowEnd, scratch);
  float *keys = scratch, *values = keys + wholePanels(t->keys) * t->size;
  float *scores = values + wholePanels(t->size) * t->keys;
  KERNEL(packPanels)(t->size, t->keys, k, 1, t->row, keys);
  KERNEL(packPanels)(t->keys, t->size, v, t->row, 1, values);
  for (int64_t i = rowBegin; i < rowEnd; i += ATTENTION_ROWS) {
    const int64_t rows = rowEnd - i < ATTENTION_ROWS ? rowEnd - i : ATTENTION_ROWS;
    KERNEL(gemm)(rows, t->keys, t->size, q + i * t->row, t->row, 1, keys, scores, t->keys, false);
    scaledSoftmax(rows, t->keys, t->scale, scores, scores);
    KERNEL(gemm)(rows, t->size, t->keys, scores, t->keys, 1, values, y + i * t->row, t->row, false);
  }
}

static void KERNEL(attentionGrad)(
    const AttentionTask *t, const float *q, const float *k, const float *v, const float *dy, float *dq, float *dk,
    float *dv, float *scratch) {
  if (isNarrow(t) && t->size == 8) return narrowAttentionGrad(8, t, q, k, v, dy, dq, dk, dv, scratch);
  if (isNarrow(t)) return narrowAttentionGrad(16, t, q, k, v, dy, dq, dk, dv, scratch);
  const int64_t tall = wholePanels(t->keys) * t->size, wide = wholePanels(t->size);
  float *keys = scratch, *values = keys + tall, *rightKeys = values + tall;
  float *right = rightKeys + wide * t->keys;
  float *p = right + wide * ATTENTION_ROWS, *dp = p + t->keys * ATTENTION_ROWS;
  if (t->queries == 0)
    for (int64_t j = 0; j < t->keys; j++) {
      __builtin_memset(dk + j * t->row, 0, (size_t)t->size * sizeof(float));
      __builtin_memset(dv + j * t->row, 0, (size_t)t->size * sizeof(float));
    }
  KERNEL(packPanels)(t->size, t->keys, k, 1, t->row, keys);
  KERNEL(packPanels)(t->size, t->keys, v, 1, t->row, values);
  KERNEL(packPanels)(t->keys, t->size, k, t->row, 1, rightKeys);
  for (int64_t i = 0; i < t->queries; i += ATTENTION_ROWS) {
    const int64_t rows = t->queries - i < ATTENTION_ROWS ? t->queries - i : ATTENTION_ROWS, at = i * t->row;
    KERNEL(gemm)(rows, t->keys, t->size, q + at, t->row, 1, keys, p, t->keys, false);
    scaledSoftmax(rows, t->keys, t->scale, p, p);
    KERNEL(gemm)(rows, t->keys, t->size, dy + at, t->row, 1, values, dp, t->keys, false);
    KERNEL(packPanels)(rows, t->size, dy + at, t->row, 1, right);
    KERNEL(gemm)(t->keys, t->size, rows, p, 1, t->keys, right, dv, t->row, i > 0);
    scaledSoftmaxGrad(rows, t->keys, t->scale, p, dp, dp);
    KERNEL(gemm)(rows, t->size, t->keys, dp, t->keys, 1, rightKeys, dq + at, t->row, false);
    KERNEL(packPanels)(rows, t->size, q + at, t->row, 1, right);
    KERNEL(gemm)(t->keys, t->size, rows, dp, 1, t->keys, right, dk, t->row, i > 0);
  }
}

static int64_t KERNEL(attentionScratch)(const AttentionTask *t) {
  if (isNarrow(t)) return narrowScratch(t);
  return 2 * wholePanels(t->keys) * t->size + wholePanels(t->size) * (t->keys + ATTENTION_ROWS)
      + 2 * t->keys * ATTENTION_ROWS;
}
