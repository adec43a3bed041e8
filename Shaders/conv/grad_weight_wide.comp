#version 450
// The weight gradient of conv/grad_weight.comp for software devices. A span is one row (n, ho) of output pixels;
// the depth is cut into `splits` runs of `run` spans.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../matmul/wide_layout.glsl"
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
uint rows[ROWS];
uint dyRow;
uint kernelRows[COLUMNS];
uint lefts[COLUMNS];
uint channels[COLUMNS];
uint columns[COLUMNS];
bool inside[COLUMNS];

void openRow(uint i, uint m) { rows[i] = dyOffset + part * g.outC + m; }

void openColumn(uint j, uint n) {
  uint rs = n / g.inC;
  uint r = rs / g.kernelWidth;
  kernelRows[j] = r - g.padTop;
  lefts[j] = rs - r * g.kernelWidth - g.padLeft;
  channels[j] = part * g.inC + n - rs * g.inC;
}

void openSpan(uint span) {
  uint n = span / g.outHeight;
  uint ho = span - n * g.outHeight;
  dyRow = span * g.outWidth * (g.groups * g.outC);
  for (uint j = 0; j < COLUMNS; j++) {
    // A coordinate before 0 wraps to a large number.
    uint h = ho * g.strideH + kernelRows[j];
    inside[j] = h < g.inHeight;
    columns[j] = (n * g.inHeight + h) * g.inWidth;
  }
}

float fetchRow(uint i, uint k) { return dy[rows[i] + dyRow + k * (g.groups * g.outC)]; }

float fetchColumn(uint j, uint k) {
  uint v = k * g.strideW + lefts[j];
  bool is = inside[j] && v < g.inWidth;
  float value = x[xOffset + (is ? (columns[j] + v) * (g.groups * g.inC) + channels[j] : 0)];
  return is ? value : 0.0;
}

void store(uint m, uint n, float value) {
  uint width = g.kernelHeight * g.kernelWidth * g.inC;
  dw[dwOffset + ((split * g.groups + part) * g.outC + m) * width + n] = value;
}

#include "../matmul/wide.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;
  uint tile = group % (tilesM * tilesN);
  uint rest = group / (tilesM * tilesN);
  part = rest % g.groups;
  split = rest / g.groups;
  uint begin = split * run;
  multiplyWide(tile / tilesN * ROWS, tile % tilesN * (8 * COLUMNS), g.outC, g.kernelHeight * g.kernelWidth * g.inC,
    begin, min(begin + run, g.batch * g.outHeight), g.outWidth);
}
