#version 450
// C[b] = op(A[b]) op(B[b]), op transposing or not by the variant. The depth is cut into `splits` runs of `run` elements; each
// writes a partial C of its own, [splits, batch, M, N], and a later reduction adds them in order.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#ifdef TRANSPOSE_A
#define A_ALONG_M
#endif
#ifndef TRANSPOSE_B
#define B_ALONG_N
#endif
#ifdef WORKGROUP_MATRICES
#define TENSORS
#endif
#include "engine.glsl"

layout(std430, set = 0, binding = 0) readonly buffer A { Four a[]; };
layout(std430, set = 0, binding = 1) readonly buffer B { Four b[]; };
layout(std430, set = 0, binding = 2) writeonly buffer C { Result result[]; };
layout(push_constant) uniform Push {
  uint aOffset;
  uint bOffset;
  uint cOffset;
  uint groups;
  uint tilesM;
  uint tilesN;
  uint batch;
  uint M;
  uint N;
  uint K;
  uint run;
};

uint item;
uint split;
// The run's first element, and its end.
uint first;
uint end;

#ifdef TENSORS
#include "tensors.glsl"
#else

uint rows[ROWS];
uint columns[COLUMNS];
// How many of the elements from where a load begins exist.
uint rowCounts[ROWS];
uint columnCounts[COLUMNS];

void openRow(uint i, uint m) {
#ifdef TRANSPOSE_A
  rows[i] = aOffset + item * K * M + first * M + m;
  rowCounts[i] = M - m;
#else
  rows[i] = aOffset + (item * M + m) * K + first;
#endif
}

void openColumn(uint j, uint n) {
#ifdef TRANSPOSE_B
  columns[j] = bOffset + (item * N + n) * K + first;
#else
  columns[j] = bOffset + item * K * N + first * N + n;
  columnCounts[j] = N - n;
#endif
}

void openSpan(uint span) {}

Value fetchRow(uint i, uint k) {
  if (first + k >= end) return Value(0);
#ifdef TRANSPOSE_A
  return four(a, rows[i] + k * M, rowCounts[i]);
#else
  return four(a, rows[i] + k, end - first - k);
#endif
}

Value fetchColumn(uint j, uint k) {
  if (first + k >= end) return Value(0);
#ifdef TRANSPOSE_B
  return four(b, columns[j] + k, end - first - k);
#else
  return four(b, columns[j] + k * N, columnCounts[j]);
#endif
}

#endif

uint place(uint m, uint n) { return cOffset + ((split * batch + item) * M + m) * N + n; }

#include "multiply.glsl"

void main() {
  uint group = workgroup();
  if (group >= groups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  uint rest = group / (tilesM * tilesN);
  item = rest % batch;
  split = rest / batch;
  first = split * run;
  end = min(first + run, K);
  multiply(tile / tilesN * TILE_ROWS, tile % tilesN * TILE_COLUMNS, M, N, 0, 1, end - first);
}
