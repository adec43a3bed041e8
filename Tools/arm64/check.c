// Runs kernels of the CPU backend beside loops in double precision: for processors on which the Swift tests cannot run.
// Prints a line a kernel, ends with 1 where one is wrong.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "CVectorKernels.h"

static const VectorKernels *kernels;
static int failures;

static float *filled(int64_t count, uint32_t seed) {
  float *x = calloc((size_t)count + 64, sizeof(float));
  for (int64_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 8) / 8388608.0f - 1;
  }
  return x;
}

static void compare(const char *name, int64_t count, const float *found, const double *expected) {
  double difference = 0, size = 0;
  for (int64_t i = 0; i < count; i++) {
    difference += (found[i] - expected[i]) * (found[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  const double error = sqrt(difference / size);
  const bool right = error < 3e-6;
  printf("%-16s %.1e%s\n", name, error, right ? "" : "  WRONG");
  failures += !right;
}

static double silu(double x) { return x / (1 + exp(-x)); }

static void product(void) {
  const int64_t m = 37, n = 45, k = 129, width = kernels->panelWidth;
  float *a = filled(m * k, 1), *b = filled(k * n, 2), *c = filled(m * n, 3);
  double *expected = calloc((size_t)(m * n), sizeof(double));
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) {
      expected[i * n + j] = c[i * n + j];
      for (int64_t l = 0; l < k; l++) expected[i * n + j] += (double)a[i * k + l] * b[l * n + j];
    }
  float *panels = filled((n + width - 1) / width * width * k, 0);
  kernels->packPanels(k, n, b, n, 1, panels);
  kernels->gemm(m, n, k, a, k, 1, panels, c, n, true);
  compare("gemm", m * n, c, expected);
}

static void winograd(void) {
  const int64_t rows = 10, cols = 9, in = 24, out = 20, width = kernels->panelWidth;
  const WinogradTask task = {rows, cols, in, 1, 1, rows, cols, out};
  const int64_t tiles = 3 * 3, inPlane = tiles * in, outPlane = tiles * out;
  float *x = filled(rows * cols * in, 4), *w = filled(out * 9 * in, 5), *y = filled(rows * cols * out, 6);
  double *expected = calloc((size_t)(rows * cols * out), sizeof(double));
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < cols; c++)
      for (int64_t o = 0; o < out; o++)
        for (int64_t tap = 0; tap < 9; tap++) {
          const int64_t row = r + tap / 3 - 1, col = c + tap % 3 - 1;
          if (row < 0 || row >= rows || col < 0 || col >= cols) continue;
          for (int64_t i = 0; i < in; i++)
            expected[(r * cols + c) * out + o] += (double)x[(row * cols + col) * in + i] * w[(o * 9 + tap) * in + i];
        }
  const int64_t weights = (out + width - 1) / width * width * in;
  float *turned = filled(9 * in * out, 0), *panels = filled(36 * weights, 0), *zeros = filled(0, 0);
  for (int64_t tap = 0; tap < 9; tap++)
    for (int64_t i = 0; i < in; i++)
      for (int64_t o = 0; o < out; o++) turned[(tap * in + i) * out + o] = w[(o * 9 + tap) * in + i];
  kernels->winogradWeights(&task, turned, in * out, out, false, 0, in, panels, weights);
  float *points = filled(12 * inPlane, 0), *results = filled(36 * outPlane, 0);
  for (int32_t group = 0; group < 3; group++) {
    kernels->winogradInput(&task, group, false, x, 0, tiles, points, inPlane, zeros);
    for (int64_t point = 0; point < 12; point++)
      kernels->gemm(
          tiles, out, in, points + point * inPlane, in, 1, panels + (group * 12 + point) * weights,
          results + (group * 12 + point) * outPlane, out, false);
  }
  kernels->winogradOutput(&task, results, outPlane, 0, tiles, y);
  compare("winograd", rows * cols * out, y, expected);
}

static void norm(void) {
  const NormTask task = {.pixels = 63, .channels = 24, .groups = 3, .epsilon = 1e-5f, .silu = true};
  const int64_t count = task.pixels * task.channels, each = task.channels / task.groups;
  float *x = filled(count, 7), *gamma = filled(task.channels, 8), *beta = filled(task.channels, 9);
  float *y = filled(count, 0), *scratch = filled(64 * task.channels, 0);
  double *expected = calloc((size_t)count, sizeof(double));
  for (int64_t g = 0; g < task.groups; g++) {
    double sum = 0, squares = 0;
    for (int64_t p = 0; p < task.pixels; p++)
      for (int64_t c = g * each; c < (g + 1) * each; c++) sum += x[p * task.channels + c];
    const double mean = sum / (double)(task.pixels * each);
    for (int64_t p = 0; p < task.pixels; p++)
      for (int64_t c = g * each; c < (g + 1) * each; c++) squares += pow(x[p * task.channels + c] - mean, 2);
    const double scale = 1 / sqrt(squares / (double)(task.pixels * each) + task.epsilon);
    for (int64_t p = 0; p < task.pixels; p++)
      for (int64_t c = g * each; c < (g + 1) * each; c++)
        expected[p * task.channels + c] = silu((x[p * task.channels + c] - mean) * scale * gamma[c] + beta[c]);
  }
  kernels->groupNorm(&task, x, gamma, beta, y, scratch);
  compare("groupNorm, SiLU", count, y, expected);
}

static void attention(int64_t size) {
  const int64_t length = 50;
  const AttentionTask task = {length, length, size, size, 0.3f};
  float *q = filled(length * size, 10), *k = filled(length * size, 11), *v = filled(length * size, 12);
  float *y = filled(length * size, 0), *scratch = filled(kernels->attentionScratch(&task), 0);
  double *expected = calloc((size_t)(length * size), sizeof(double));
  for (int64_t i = 0; i < length; i++) {
    double total = 0, weights[50];
    for (int64_t j = 0; j < length; j++) {
      double score = 0;
      for (int64_t f = 0; f < size; f++) score += (double)q[i * size + f] * k[j * size + f];
      total += weights[j] = exp(score * task.scale);
    }
    for (int64_t j = 0; j < length; j++)
      for (int64_t f = 0; f < size; f++) expected[i * size + f] += weights[j] / total * v[j * size + f];
  }
  kernels->attention(&task, q, k, v, y, 0, length, scratch);
  compare(size <= 16 ? "attention, narrow" : "attention", length * size, y, expected);
}

static void count(void *context, int64_t unit, int32_t worker) {
  (void)worker;
  ((float *)context)[unit] += 1;
}

static void threads(void) {
  float *counts = filled(0, 0);
  double expected[50];
  WorkerPool *pool = workerPoolCreate(4);
  for (int round = 0; round < 100; round++) workerPoolRun(pool, 50, count, counts);
  workerPoolDestroy(pool);
  for (int unit = 0; unit < 50; unit++) expected[unit] = 100;
  compare("threads", 50, counts, expected);
}

int main(void) {
  kernels = bestVectorKernels();
  restoreDenormals(flushDenormals());
  product();
  winograd();
  norm();
  attention(8);
  attention(40);
  threads();
  return failures > 0;
}
