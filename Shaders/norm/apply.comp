#version 450
// y = activation((x - mean) / deviation * scale + bias).
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, set = 0, binding = 3) readonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 4) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint scaleOffset;
  uint biasOffset;
  uint statsOffset;
  uint yOffset;
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
  uint at = statsOffset + 2 * (n * (channels / width) + c / width);
  float mean = stats[at];
  float inverse = stats[at + 1];
  float g = scale[scaleOffset + c];
  float b = bias[biasOffset + c];
  uint end = min((run + 1) * RUN, pixels);
  for (uint p = run * RUN; p < end; p++) {
    uint element = (n * pixels + p) * channels + c;
    float normal = (x[xOffset + element] - mean) * inverse;
    y[yOffset + element] = activate(normal * g + b);
  }
}
