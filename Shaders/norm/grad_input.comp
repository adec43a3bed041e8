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
  uint count;  // N * runs * channels
  uint pixels;
  uint channels;
  uint width;
  uint runs;  // of RUN pixels
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint c = i % channels;
  uint run = (i / channels) % runs;
  uint n = i / channels / runs;
  uint at = 2 * (n * (channels / width) + c / width);
  float mean = stats[statsOffset + at];
  float inverse = stats[statsOffset + at + 1];
  float meanScaled = means[meansOffset + at];
  float meanPlain = means[meansOffset + at + 1];
  float g = scale[scaleOffset + c];
  float b = bias[biasOffset + c];
  uint end = min((run + 1) * RUN, pixels);
  for (uint p = run * RUN; p < end; p++) {
    uint element = (n * pixels + p) * channels + c;
    float normal = (x[xOffset + element] - mean) * inverse;
    float dz = dy[dyOffset + element] * activateGrad(normal * g + b);
    // Rounded before the subtraction, as the mean is: a group of one element gets exactly 0.
    precise float scaled = g * dz;
    float centred = scaled - meanPlain - normal * meanScaled;
    dx[dxOffset + element] = inverse * centred;
  }
}
