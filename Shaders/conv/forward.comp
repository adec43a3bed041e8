#version 450
// y[n, ho, wo, o] = sum_{r, s, c} x[n, ho strideH - padTop + r, wo strideW - padLeft + s, c] w[o, r, s, c] as an
// implicit matrix product: rows are output pixels, columns output channels of one group.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer W { float w[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint wOffset;
  uint yOffset;
  uint workgroups;
  uint tilesM;
  uint tilesN;
  Geometry g;
};

uint part;

struct RowA { bool inside; uint n; int h; int w; };
struct DepthA { uint r; uint s; uint c; };
#define DepthB uint
#define ColumnB uint

RowA rowA(uint m) {
  uint pixels = g.outHeight * g.outWidth;
  uint n = m / pixels;
  uint p = m - n * pixels;
  uint h = p / g.outWidth;
  return RowA(n < g.batch, n, int(h * g.strideH) - int(g.padTop),
    int((p - h * g.outWidth) * g.strideW) - int(g.padLeft));
}

DepthA depthA(uint k) {
  uint rs = k / g.inC;
  uint r = rs / g.kernelWidth;
  return DepthA(r, rs - r * g.kernelWidth, k - rs * g.inC);
}

float fetchA(RowA row, DepthA depth) {
  uint h = uint(row.h + int(depth.r));
  uint w_ = uint(row.w + int(depth.s));
  // A coordinate before 0 wraps to a large number.
  if (!row.inside || h >= g.inHeight || w_ >= g.inWidth) return 0.0;
  return x[xOffset + ((row.n * g.inHeight + h) * g.inWidth + w_) * (g.groups * g.inC) + part * g.inC + depth.c];
}

uint depthB(uint k) { return k; }
uint columnB(uint n) { return n; }

float fetchB(uint k, uint n) {
  if (n >= g.outC) return 0.0;
  return w[wOffset + (part * g.outC + n) * (g.kernelHeight * g.kernelWidth * g.inC) + k];
}

void store(uint m, uint n, float value) {
  if (m >= g.batch * g.outHeight * g.outWidth || n >= g.outC) return;
  y[yOffset + m * (g.groups * g.outC) + part * g.outC + n] = value;
}

#include "../matmul/tile.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  part = group / (tilesM * tilesN);
  multiplyTile(tile / tilesN * TILE, tile % tilesN * TILE, 0, g.kernelHeight * g.kernelWidth * g.inC);
}
