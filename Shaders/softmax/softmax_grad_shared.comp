#version 450
// dx = y (dy - sum dy y) with a workgroup a row, its 128 invocations striding along it.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 128) in;
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

shared float partial[128];

void main() {
  uint row = workgroup();
  if (row >= rows) return;  // The whole workgroup leaves, so no barrier is missed.
  uint lane = gl_LocalInvocationIndex;
  uint base = row * width;
  float sum = 0.0;
  for (uint i = lane; i < width; i += 128) sum += y[yOffset + base + i] * dy[dyOffset + base + i];
  partial[lane] = sum;
  barrier();
  for (uint step = 64; step > 0; step >>= 1) {
    if (lane < step) partial[lane] += partial[lane + step];
    barrier();
  }
  sum = partial[0];
  for (uint i = base + lane; i < base + width; i += 128) {
    dx[dxOffset + i] = y[yOffset + i] * (dy[dyOffset + i] - sum);
  }
}
