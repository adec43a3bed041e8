#version 450
// dx[n, h, w, c] = sum_{r, s, o} dy[n, (h + padTop - r) / strideH, (w + padLeft - s) / strideW, o] w[o, r, s, c]
// over the r and s that divide without rest: rows are input pixels, columns input channels of one group. A span is one element
// (r, s) of the kernel. The spans are cut into runs; each run writes a partial dx, [runs, pixels, channels], added up later.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#define B_ALONG_N
#include "../matmul/engine.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer DY { Four dy[]; };
layout(std430, set = 0, binding = 1) readonly buffer W { Four w[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DX { Result result[]; };
layout(push_constant) uniform Push {
  uint dyOffset;
  uint wOffset;
  uint dxOffset;
  uint workgroups;
  uint tilesM;
  uint tilesN;
  Geometry g;
  uint run;
};

uint part;
uint split;
uint images[ROWS];
uint bottoms[ROWS];
uint rights[ROWS];
uint rows[ROWS];
bool inside[ROWS];
uint columns[COLUMNS];
// How many channels from where a load begins there are.
uint columnCounts[COLUMNS];
uint kernelOffset;

void openRow(uint i, uint m) {
  uint pixels = g.inHeight * g.inWidth;
  uint n = m / pixels;
  uint p = m - n * pixels;
  uint h = p / g.inWidth;
  images[i] = n * g.outHeight;
  bottoms[i] = h + g.padTop;
  rights[i] = p - h * g.inWidth + g.padLeft;
}

void openColumn(uint j, uint n) {
  columns[j] = wOffset + n;
  columnCounts[j] = g.inC - n;
}

void openSpan(uint span) {
  uint r = span / g.kernelWidth;
  uint s = span - r * g.kernelWidth;
  kernelOffset = (part * g.outC * g.kernelHeight * g.kernelWidth + span) * g.inC;
  for (uint i = 0; i < ROWS; i++) {
    uint h = bottoms[i] - r;
    uint v = rights[i] - s;
    uint ho = h / g.strideH;
    uint wo = v / g.strideW;
    // A coordinate before 0 wraps to a large number.
    inside[i] = ho * g.strideH == h && wo * g.strideW == v && ho < g.outHeight && wo < g.outWidth
      && bottoms[i] >= r && rights[i] >= s;
    uint at = ((images[i] + ho) * g.outWidth + wo) * (g.groups * g.outC) + part * g.outC;
    rows[i] = dyOffset + (inside[i] ? at : 0);
  }
}

Value fetchRow(uint i, uint k) {
  bool is = inside[i] && k < g.outC;
  Value value = four(dy, is ? rows[i] + k : dyOffset, is ? g.outC - k : 0);
  return is ? value : Value(0);
}

Value fetchColumn(uint j, uint k) {
  bool is = k < g.outC;
  uint row = is ? k * (g.kernelHeight * g.kernelWidth * g.inC) : 0;
  Value value = four(w, columns[j] + kernelOffset + row, is ? columnCounts[j] : 0);
  return is ? value : Value(0);
}

uint place(uint m, uint n) {
  return dxOffset + (split * (g.batch * g.inHeight * g.inWidth) + m) * (g.groups * g.inC) + part * g.inC + n;
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
  multiply(tile / tilesN * TILE_ROWS, tile % tilesN * TILE_COLUMNS, g.batch * g.inHeight * g.inWidth, g.inC, begin,
    min(begin + run, g.kernelHeight * g.kernelWidth), g.outC);
}
