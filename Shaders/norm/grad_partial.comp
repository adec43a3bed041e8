#version 450
// Per (n, chunk, channel), over the pixels chunk, chunk + chunks, …: the sums of dz xhat and of dz, where
// z = xhat scale + bias and dz = dy activation'(z). The first half of `partial` holds dz xhat, the second dz.
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 4) readonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 5) writeonly buffer Partial { float partial[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint scaleOffset;
  uint biasOffset;
  uint dyOffset;
  uint statsOffset;
  uint partialOffset;
  uint count;  // N * chunks * channels
  uint pixels;
  uint channels;
  uint width;
  uint chunks;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint c = i % channels;
  uint chunk = (i / channels) % chunks;
  uint n = i / channels / chunks;
  uint at = statsOffset + 2 * (n * (channels / width) + c / width);
  float mean = stats[at];
  float inverse = stats[at + 1];
  float g = scale[scaleOffset + c];
  float b = bias[biasOffset + c];
  uint base = n * pixels * channels + c;
  float scaled = 0.0;
  float plain = 0.0;
  for (uint p = chunk; p < pixels; p += chunks) {
    float normal = (x[xOffset + base + p * channels] - mean) * inverse;
    float dz = dy[dyOffset + base + p * channels] * activateGrad(normal * g + b);
    scaled += dz * normal;
    plain += dz;
  }
  partial[partialOffset + i] = scaled;
  partial[partialOffset + count + i] = plain;
}
