#version 450
// dx = (scale dz - mean(scale dz) - xhat mean(scale dz xhat)) / deviation, the means taken over each group.
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 4) readonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 5) readonly buffer Means { float means[]; };
layout(std430, set = 0, binding = 6) writeonly buffer DX { float dx[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint scaleOffset;
  uint biasOffset;
  uint dyOffset;
  uint statsOffset;
  uint meansOffset;
  uint dxOffset;
  uint count;
  uint pixels;
  uint channels;
  uint width;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint c = i % channels;
  uint n = i / channels / pixels;
  uint at = 2 * (n * (channels / width) + c / width);
  float inverse = stats[statsOffset + at + 1];
  float normal = (x[xOffset + i] - stats[statsOffset + at]) * inverse;
  float g = scale[scaleOffset + c];
  float dz = dy[dyOffset + i] * activateGrad(normal * g + bias[biasOffset + c]);
  // Rounded before the subtraction, as the mean is: a group of one element gets exactly 0.
  precise float scaled = g * dz;
  float centred = scaled - means[meansOffset + at + 1] - normal * means[meansOffset + at];
  dx[dxOffset + i] = inverse * centred;
}
