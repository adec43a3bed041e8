#version 450
// C[b] = op(A[b]) op(B[b]), op transposing or not by the variant.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

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

#ifdef TRANSPOSE_A
#define A_ALONG_M
#endif
#ifndef TRANSPOSE_B
#define B_ALONG_N
#endif
#define RowA uint
#define DepthA uint
#define DepthB uint
#define ColumnB uint
uint rowA(uint m) { return m; }
uint depthA(uint k) { return k; }
uint depthB(uint k) { return k; }
uint columnB(uint n) { return n; }

float fetchA(uint m, uint k) {
  if (m >= M) return 0.0;
#ifdef TRANSPOSE_A
  return a[aOffset + (batch * K + k) * M + m];
#else
  return a[aOffset + (batch * M + m) * K + k];
#endif
}

float fetchB(uint k, uint n) {
  if (n >= N) return 0.0;
#ifdef TRANSPOSE_B
  return b[bOffset + (batch * N + n) * K + k];
#else
  return b[bOffset + (batch * K + k) * N + n];
#endif
}

void store(uint m, uint n, float value) {
  if (m < M && n < N) c[cOffset + (batch * M + m) * N + n] = value;
}

#include "tile.glsl"

void main() {
  uint group = workgroup();
  if (group >= groups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  batch = group / (tilesM * tilesN);
  multiplyTile(tile / tilesN * TILE, tile % tilesN * TILE, 0, K);
}
