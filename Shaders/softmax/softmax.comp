#version 450
// y = exp(x - max x) / sum exp(x - max x) along rows; one invocation a row.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../math.glsl"

layout(local_size_x_id = 0) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint yOffset;
  uint rows;
  uint width;
};

void main() {
  uint row = invocation();
  if (row >= rows) return;
  uint from = xOffset + row * width;
  uint to = yOffset + row * width;
  float peak = x[from];
  bool bad = isBad(peak);
  for (uint i = 1; i < width; i++) {
    float value = x[from + i];
    bad = bad || isBad(value);
    peak = max(peak, value);
  }
  float sum = 0.0;
  for (uint i = 0; i < width; i++) {
    float e = exponential(x[from + i] - peak);
    sum += e;
    y[to + i] = e;
  }
  if (bad) sum = uintBitsToFloat(0x7fc00000u);
  for (uint i = 0; i < width; i++) y[to + i] = y[to + i] / sum;
}
