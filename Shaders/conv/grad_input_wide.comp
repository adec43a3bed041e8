#version 450
// The input gradient of conv/grad_input.comp for software devices; a span is one element (r, s) of the kernel.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../matmul/wide_layout.glsl"
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
uint images[ROWS];
uint bottoms[ROWS];
uint rights[ROWS];
uint rows[ROWS];
bool inside[ROWS];
uint columns[COLUMNS];
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

void openColumn(uint j, uint n) { columns[j] = wOffset + n; }

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

float fetchRow(uint i, uint k) {
  float value = dy[rows[i] + k];
  return inside[i] ? value : 0.0;
}

float fetchColumn(uint j, uint k) {
  return w[columns[j] + kernelOffset + k * (g.kernelHeight * g.kernelWidth * g.inC)];
}

void store(uint m, uint n, float value) { dx[dxOffset + m * (g.groups * g.inC) + part * g.inC + n] = value; }

#include "../matmul/wide.glsl"

void main() {
  uint group = workgroup();
  if (group >= workgroups) return;
  uint tile = group % (tilesM * tilesN);
  part = group / (tilesM * tilesN);
  multiplyWide(tile / tilesN * ROWS, tile % tilesN * (8 * COLUMNS), g.batch * g.inHeight * g.inWidth, g.inC, 0,
    g.kernelHeight * g.kernelWidth, g.outC);
}
