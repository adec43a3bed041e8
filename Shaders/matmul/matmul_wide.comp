#version 450
// C[b] = op(A[b]) op(B[b]), op transposing or not by the variant, for software devices.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "wide_layout.glsl"

layout(std430, set = 0, binding = 0) readonly buffer A { float a[]; };
layout(std430, set = 0, binding = 1) readonly buffer B { float b[]; };
layout(std430, set = 0, binding = 2) writeonly buffer C { float c[]; };
layout(push_constant) uniform Push {
  uint aOffset;
  uint bOffset;
  uint cOffset;
  uint groups;
  uint M;
  uint N;
  uint K;
  uint tilesM;
  uint tilesN;
};

uint batch;
uint rows[ROWS];
uint columns[COLUMNS];

void openRow(uint i, uint m) {
#ifdef TRANSPOSE_A
  rows[i] = aOffset + batch * K * M + m;
#else
  rows[i] = aOffset + (batch * M + m) * K;
#endif
}

void openColumn(uint j, uint n) {
#ifdef TRANSPOSE_B
  columns[j] = bOffset + (batch * N + n) * K;
#else
  columns[j] = bOffset + batch * K * N + n;
#endif
}

void openSpan(uint span) {}

float fetchRow(uint i, uint k) {
#ifdef TRANSPOSE_A
  return a[rows[i] + k * M];
#else
  return a[rows[i] + k];
#endif
}

float fetchColumn(uint j, uint k) {
#ifdef TRANSPOSE_B
  return b[columns[j] + k];
#else
  return b[columns[j] + k * N];
#endif
}

void store(uint m, uint n, float value) { c[cOffset + (batch * M + m) * N + n] = value; }

#include "wide.glsl"

void main() {
  uint group = workgroup();
  if (group >= groups) return;
  uint tile = group % (tilesM * tilesN);
  batch = group / (tilesM * tilesN);
  multiplyWide(tile / tilesN * ROWS, tile % tilesN * (8 * COLUMNS), M, N, 0, 1, K);
}
