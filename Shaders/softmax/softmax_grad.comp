#version 450
// dx = y (dy - sum dy y) along rows; one invocation a row.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x_id = 0) in;
layout(std430, set = 0, binding = 0) readonly buffer Y { float y[]; };
layout(std430, set = 0, binding = 1) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DX { float dx[]; };
layout(push_constant) uniform Push {
  uint yOffset;
  uint dyOffset;
  uint dxOffset;
  uint rows;
  uint width;
};

void main() {
  uint row = invocation();
  if (row >= rows) return;
  uint base = row * width;
  float sum = 0.0;
  for (uint i = base; i < base + width; i++) sum += y[yOffset + i] * dy[dyOffset + i];
  for (uint i = base; i < base + width; i++) dx[dxOffset + i] = y[yOffset + i] * (dy[dyOffset + i] - sum);
}
