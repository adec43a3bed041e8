#version 450
// dw[o, r, s, c] = sum_{n, ho, wo} dy[n, ho, wo, o] x[n, ho strideH - padTop + r, wo strideW - padLeft + s, c]:
// rows are output channels, columns (r, s, c), the depth runs over output pixels. The depth is cut into
// `splits` runs of `run` pixels; each writes a partial dw of its own, [splits, groups, outC, r, s, c], and a
// later reduction adds them in order.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DW { float dw[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint dyOffset;
  uint dwOffset;
  uint workgroups;
  uint tilesM;
  uint tilesN;
  Geometry g;
  uint run;
};

uint part;
uint split;

#define RowA uint
#define DepthA uint
struct DepthB { bool inside; uint n; int h; int w; };
struct ColumnB { bool inside; uint r; uint s; uint c; };

uint rowA(uint m) { return m; }
uint depthA(uint k) { return k; }

float fetchA(uint m, uint k) {
  if (m >= g.outC) return 0.0;
  return dy[dyOffset + k * (g.groups * g.outC) + part * g.outC + m];
}

DepthB depthB(uint k) {
  uint pixels = g.outHeight * g.outWidth;
  uint n = k / pixels;
  uint p = k - n * pixels;
  uint h = p / g.outWidth;
  return DepthB(n < g.batch, n, int(h * g.strideH) - int(g.padTop),
    int((p - h * g.outWidth) * g.strideW) - int(g.padLeft));
}

ColumnB columnB(uint n) {
  uint rs = n / g.inC;
  uint r = rs / g.kernelWidth;
  return ColumnB(r < g.kernelHeight, r, rs - r * g.kernelWidth, n - rs * g.inC);
}

float fetchB(DepthB depth, ColumnB column) {
  uint h = uint(depth.h + int(column.r));
  uint w = uint(depth.w + int(column.s));
  // A coordinate before 0 wraps to a large number.
  if (!depth.inside || !column.inside || h >= g.inHeight || w >= g.inWidth) return 0.0;
  return x[xOffset + ((depth.n * g.inHeight + h) * g.inWidth + w) * (g.groups * g.inC) + part * g.inC + column.c];
}

void store(uint m, uint n, float value) {
  uint columns = g.kernelHeight * g.kernelWidth * g.inC;
  if (m >= g.outC || n >= columns) return;
  dw[dwOffset + ((split * g.groups + part) * g.outC + m) * columns + n] = value;
}

#define A_ALONG_M
#define B_ALONG_N
#include "../matmul/tile.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  uint rest = group / (tilesM * tilesN);
  part = rest % g.groups;
  split = rest / g.groups;
  uint begin = split * run;
  uint end = min(begin + run, g.batch * g.outHeight * g.outWidth);
  multiplyTile(tile / tilesN * TILE, tile % tilesN * TILE, begin, end);
}
