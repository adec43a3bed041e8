#version 450
// dx[n, h, w, c] = sum_{r, s, o} dy[n, (h + padTop - r) / strideH, (w + padLeft - s) / strideW, o] w[o, r, s, c]
// over the r and s that divide without rest: rows are input pixels, columns input channels of one group.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 1) readonly buffer W { float w[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DX { float dx[]; };
layout(push_constant) uniform Push {
  uint dyOffset;
  uint wOffset;
  uint dxOffset;
  uint workgroups;
  uint tilesM;
  uint tilesN;
  Geometry g;
};

uint part;

struct RowA { bool inside; uint n; uint h; uint w; };
struct DepthA { uint r; uint s; uint o; };
#define DepthB DepthA
#define ColumnB uint

RowA rowA(uint m) {
  uint pixels = g.inHeight * g.inWidth;
  uint n = m / pixels;
  uint p = m - n * pixels;
  uint h = p / g.inWidth;
  return RowA(n < g.batch, n, h + g.padTop, p - h * g.inWidth + g.padLeft);
}

DepthA depthA(uint k) {
  uint rs = k / g.outC;
  uint r = rs / g.kernelWidth;
  return DepthA(r, rs - r * g.kernelWidth, k - rs * g.outC);
}

float fetchA(RowA row, DepthA depth) {
  if (!row.inside || row.h < depth.r || row.w < depth.s) return 0.0;
  uint h = row.h - depth.r;
  uint w_ = row.w - depth.s;
  uint ho = h / g.strideH;
  uint wo = w_ / g.strideW;
  if (ho * g.strideH != h || wo * g.strideW != w_ || ho >= g.outHeight || wo >= g.outWidth) return 0.0;
  return dy[dyOffset + ((row.n * g.outHeight + ho) * g.outWidth + wo) * (g.groups * g.outC) + part * g.outC
    + depth.o];
}

DepthA depthB(uint k) { return depthA(k); }
uint columnB(uint n) { return n; }

float fetchB(DepthA depth, uint n) {
  if (n >= g.inC) return 0.0;
  uint row = ((part * g.outC + depth.o) * g.kernelHeight + depth.r) * g.kernelWidth + depth.s;
  return w[wOffset + row * g.inC + n];
}

void store(uint m, uint n, float value) {
  if (m >= g.batch * g.inHeight * g.inWidth || n >= g.inC) return;
  dx[dxOffset + m * (g.groups * g.inC) + part * g.inC + n] = value;
}

#define B_ALONG_N
#include "../matmul/tile.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  part = group / (tilesM * tilesN);
  multiplyTile(tile / tilesN * TILE, tile % tilesN * TILE, 0, g.kernelHeight * g.kernelWidth * g.outC);
}
