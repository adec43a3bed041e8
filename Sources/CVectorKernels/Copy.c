#include <string.h>

#include "CVectorKernels.h"

/// The innermost dimension of a strided copy.
static void copyRun(
    int32_t size, int64_t n, const char *from, int64_t fromStride, char *to, int64_t toStride) {
  if (fromStride == 1 && toStride == 1) {
    memcpy(to, from, (size_t)(n * size));
  } else if (size == 4) {
    const uint32_t *source = (const uint32_t *)from;
    uint32_t *target = (uint32_t *)to;
    for (int64_t i = 0; i < n; i++) target[i * toStride] = source[i * fromStride];
  } else {
    const uint16_t *source = (const uint16_t *)from;
    uint16_t *target = (uint16_t *)to;
    for (int64_t i = 0; i < n; i++) target[i * toStride] = source[i * fromStride];
  }
}

static void copyDimension(const StridedCopy *c, int32_t d, int64_t count, const char *from, char *to) {
  const int32_t size = c->elementSize;
  if (d == c->rank - 1) {
    copyRun(size, count, from, c->from[d], to, c->to[d]);
    return;
  }
  for (int64_t i = 0; i < count; i++)
    copyDimension(c, d + 1, c->shape[d + 1], from + i * c->from[d] * size, to + i * c->to[d] * size);
}

void stridedCopy(const StridedCopy *c, const void *from, void *to, int64_t begin, int64_t end) {
  const int32_t size = c->elementSize;
  if (c->rank == 0) {
    if (begin < end) memcpy(to, from, (size_t)size);
    return;
  }
  copyDimension(
      c, 0, end - begin, (const char *)from + begin * c->from[0] * size, (char *)to + begin * c->to[0] * size);
}

void reduceIntegers(
    IntegerReduction kind, int64_t begin, int64_t end, int64_t middle, int64_t inner, const uint32_t *x,
    uint32_t *result) {
  for (int64_t o = begin; o < end; o++) {
    for (int64_t i = 0; i < inner; i++) {
      uint32_t total = kind == IntegerReductionMax ? (uint32_t)INT32_MIN : 0;
      for (int64_t m = 0; m < middle; m++) {
        const uint32_t value = x[(o * middle + m) * inner + i];
        switch (kind) {
          case IntegerReductionSum: total += value; break;
          case IntegerReductionMax: total = (int32_t)value > (int32_t)total ? value : total; break;
          case IntegerReductionMaxUnsigned: total = value > total ? value : total; break;
        }
      }
      result[o * inner + i] = total;
    }
  }
}
