#version 450
// y[n, ho, wo, o] = sum_{r, s, c} x[n, ho strideH - padTop + r, wo strideW - padLeft + s, c] w[o, r, s, c] as an
// implicit matrix product: rows are output pixels, columns output channels of one group. A span is one element (r, s) of the
// kernel. The spans are cut into runs; each run writes a partial y, [runs, pixels, channels], added up later.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../matmul/engine.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { Four x[]; };
layout(std430, set = 0, binding = 1) readonly buffer W { Four w[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Y { Result result[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint wOffset;
  uint yOffset;
  uint workgroups;
  uint tilesM;
  uint tilesN;
  Geometry g;
  uint run;
};

uint part;
uint split;
uint images[ROWS];
uint tops[ROWS];
uint lefts[ROWS];
uint rows[ROWS];
bool inside[ROWS];
uint columns[COLUMNS];
uint kernelOffset;

void openRow(uint i, uint m) {
  uint pixels = g.outHeight * g.outWidth;
  uint n = m / pixels;
  uint p = m - n * pixels;
  uint h = p / g.outWidth;
  images[i] = n * g.inHeight;
  tops[i] = h * g.strideH - g.padTop;
  lefts[i] = (p - h * g.outWidth) * g.strideW - g.padLeft;
}

void openColumn(uint j, uint n) {
  columns[j] = wOffset + (part * g.outC + n) * (g.kernelHeight * g.kernelWidth * g.inC);
}

void openSpan(uint span) {
  uint r = span / g.kernelWidth;
  uint s = span - r * g.kernelWidth;
  kernelOffset = span * g.inC;
  for (uint i = 0; i < ROWS; i++) {
    // A coordinate before 0 wraps to a large number.
    uint h = tops[i] + r;
    uint v = lefts[i] + s;
    inside[i] = h < g.inHeight && v < g.inWidth;
    uint at = ((images[i] + h) * g.inWidth + v) * (g.groups * g.inC) + part * g.inC;
    rows[i] = xOffset + (inside[i] ? at : 0);
  }
}

Value fetchRow(uint i, uint k) {
  bool is = inside[i] && k < g.inC;
  Value value = four(x, is ? rows[i] + k : xOffset, is ? g.inC - k : 0);
  return is ? value : Value(0);
}

Value fetchColumn(uint j, uint k) {
  bool is = k < g.inC;
  Value value = four(w, columns[j] + kernelOffset + (is ? k : 0), is ? g.inC - k : 0);
  return is ? value : Value(0);
}

uint place(uint m, uint n) {
  return yOffset + (split * (g.batch * g.outHeight * g.outWidth) + m) * (g.groups * g.outC) + part * g.outC + n;
}

#include "../matmul/multiply.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  uint rest = group / (tilesM * tilesN);
  part = rest % g.groups;
  split = rest / g.groups;
  uint begin = split * run;
  multiply(tile / tilesN * TILE_ROWS, tile % tilesN * TILE_COLUMNS, g.batch * g.outHeight * g.outWidth, g.outC, begin,
    min(begin + run, g.kernelHeight * g.kernelWidth), g.inC);
}
