#version 450
// dx = (gamma dz - mean(gamma dz) - xhat mean(gamma dz xhat)) / deviation, the means taken over each group.
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Gamma { float gamma[]; };
layout(std430, set = 0, binding = 2) readonly buffer Beta { float beta[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 4) readonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 5) readonly buffer Means { float means[]; };
layout(std430, set = 0, binding = 6) writeonly buffer DX { float dx[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint gammaOffset;
  uint betaOffset;
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
  float scale = stats[statsOffset + at + 1];
  float normal = (x[xOffset + i] - stats[statsOffset + at]) * scale;
  float g = gamma[gammaOffset + c];
  float dz = dy[dyOffset + i] * activateGrad(normal * g + beta[betaOffset + c]);
  float centred = g * dz - means[meansOffset + at + 1] - normal * means[meansOffset + at];
  dx[dxOffset + i] = scale * centred;
}
