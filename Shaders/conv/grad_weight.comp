#version 450
// dw[o, r, s, c] = sum_{n, ho, wo} dy[n, ho, wo, o] x[n, ho strideH - padTop + r, wo strideW - padLeft + s, c]:
// rows are output channels, columns (r, s, c), the channels padded to a multiple of four for each (r, s); the depth runs over
// output pixels. The rows (n, ho) of output pixels are cut into runs; each run writes a partial dw of its own,
// [runs, groups, outC, r, s, c], and a later reduction adds them in order.
//
// A span is a row for lanes, to which divisions are dear; for tiles, which work on 16 pixels at once, it is the whole run.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#define A_ALONG_M
#define B_ALONG_N
#include "../matmul/engine.glsl"
#include "geometry.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { Four x[]; };
layout(std430, set = 0, binding = 1) readonly buffer DY { Four dy[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DW { Result result[]; };
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
uint rows[ROWS];
// How many channels from where a load begins there are.
uint rowCounts[ROWS];
uint columnCounts[COLUMNS];
uint kernelRows[COLUMNS];
uint lefts[COLUMNS];
uint channels[COLUMNS];
// The span's first pixel, and how many there are.
uint firstPixel;
uint pixelCount;
#ifdef LANES
uint columns[COLUMNS];
bool inside[COLUMNS];
#endif

uint paddedC() { return (g.inC + 3) / 4 * 4; }

void openRow(uint i, uint m) {
  rows[i] = dyOffset + part * g.outC + m;
  rowCounts[i] = g.outC - m;
}

void openColumn(uint j, uint n) {
  uint rs = n / paddedC();
  uint r = rs / g.kernelWidth;
  uint c = n - rs * paddedC();
  kernelRows[j] = r - g.padTop;
  lefts[j] = rs - r * g.kernelWidth - g.padLeft;
  channels[j] = part * g.inC + c;
  columnCounts[j] = g.inC - c;
}

void openSpan(uint span) {
#ifdef LANES
  firstPixel = span * g.outWidth;
  uint n = span / g.outHeight;
  uint ho = span - n * g.outHeight;
  for (uint j = 0; j < COLUMNS; j++) {
    // A coordinate before 0 wraps to a large number.
    uint h = ho * g.strideH + kernelRows[j];
    inside[j] = h < g.inHeight;
    columns[j] = (n * g.inHeight + h) * g.inWidth;
  }
#endif
}

Value fetchRow(uint i, uint k) {
  bool is = k < pixelCount;
  uint at = rows[i] + (is ? (firstPixel + k) * (g.groups * g.outC) : 0);
  Value value = four(dy, at, is ? rowCounts[i] : 0);
  return is ? value : Value(0);
}

Value fetchColumn(uint j, uint k) {
#ifdef LANES
  uint v = k * g.strideW + lefts[j];
  bool is = inside[j] && v < g.inWidth && k < pixelCount;
  uint at = columns[j] + v;
#else
  uint pixel = firstPixel + k;
  uint row = pixel / g.outWidth;
  uint n = row / g.outHeight;
  uint h = (row - n * g.outHeight) * g.strideH + kernelRows[j];
  uint v = (pixel - row * g.outWidth) * g.strideW + lefts[j];
  bool is = h < g.inHeight && v < g.inWidth && k < pixelCount;
  uint at = (n * g.inHeight + h) * g.inWidth + v;
#endif
  Value value = four(x, xOffset + (is ? at * (g.groups * g.inC) + channels[j] : 0), is ? columnCounts[j] : 0);
  return is ? value : Value(0);
}

uint place(uint m, uint n) {
  uint rs = n / paddedC();
  uint c = n - rs * paddedC();
  uint at = ((split * g.groups + part) * g.outC + m) * (g.kernelHeight * g.kernelWidth) + rs;
  return c < g.inC ? dwOffset + at * g.inC + c : NOWHERE;
}

#include "../matmul/multiply.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint tile = group % (tilesM * tilesN);
  uint rest = group / (tilesM * tilesN);
  part = rest % g.groups;
  split = rest / g.groups;
  uint m0 = tile / tilesN * TILE_ROWS;
  uint n0 = tile % tilesN * TILE_COLUMNS;
  uint columnsInAll = g.kernelHeight * g.kernelWidth * paddedC();
  uint begin = split * run;
  uint end = min(begin + run, g.batch * g.outHeight);
#ifdef LANES
  pixelCount = g.outWidth;
  multiply(m0, n0, g.outC, columnsInAll, begin, end, g.outWidth);
#else
  firstPixel = begin * g.outWidth;
  pixelCount = (end - begin) * g.outWidth;
  multiply(m0, n0, g.outC, columnsInAll, 0, 1, pixelCount);
#endif
}
