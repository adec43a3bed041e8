#version 450
// Softmax with a workgroup a row, its 128 invocations striding along it.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../math.glsl"

layout(local_size_x = 128) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint yOffset;
  uint rows;
  uint width;
};

shared float partial[128];

float maximum(float a, float b) { return isBad(a) ? a : isBad(b) ? b : max(a, b); }

void main() {
  uint row = workgroup();
  if (row >= rows) return;  // The whole workgroup leaves, so no barrier is missed.
  uint lane = gl_LocalInvocationIndex;
  uint from = xOffset + row * width;
  uint to = yOffset + row * width;
  float peak = uintBitsToFloat(0xff800000u);
  for (uint i = lane; i < width; i += 128) peak = maximum(peak, x[from + i]);
  partial[lane] = peak;
  barrier();
  for (uint step = 64; step > 0; step >>= 1) {
    if (lane < step) partial[lane] = maximum(partial[lane], partial[lane + step]);
    barrier();
  }
  peak = partial[0];
  barrier();
  float sum = 0.0;
  for (uint i = lane; i < width; i += 128) {
    float e = exponential(x[from + i] - peak);
    sum += e;
    y[to + i] = e;
  }
  partial[lane] = sum;
  barrier();
  for (uint step = 64; step > 0; step >>= 1) {
    if (lane < step) partial[lane] += partial[lane + step];
    barrier();
  }
  sum = partial[0];
  for (uint i = lane; i < width; i += 128) y[to + i] = y[to + i] / sum;
}
