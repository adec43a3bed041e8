#version 450
// The convolution of conv/forward.comp for software devices; a span is one element (r, s) of the kernel.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../matmul/wide_layout.glsl"
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

float fetchRow(uint i, uint k) {
  float value = x[rows[i] + k];
  return inside[i] ? value : 0.0;
}

float fetchColumn(uint j, uint k) { return w[columns[j] + kernelOffset + k]; }

void store(uint m, uint n, float value) { y[yOffset + m * (g.groups * g.outC) + part * g.outC + n] = value; }

#include "../matmul/wide.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;
  uint tile = group % (tilesM * tilesN);
  part = group / (tilesM * tilesN);
  multiplyWide(tile / tilesN * ROWS, tile % tilesN * (8 * COLUMNS), g.batch * g.outHeight * g.outWidth, g.outC, 0,
    g.kernelHeight * g.kernelWidth, g.inC);
}
