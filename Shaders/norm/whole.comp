#version 450
// y = activation((x - mean) / deviation * scale + bias) and the statistics (mean, 1 / deviation), in one pass: a workgroup a
// group of an image.
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"
#include "group.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, set = 0, binding = 3) writeonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 4) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint scaleOffset;
  uint biasOffset;
  uint statsOffset;
  uint yOffset;
  uint count;  // N * groups
  uint pixels;
  uint channels;
  uint width;
  uint rows;  // pixels at once: THREADS / width
  float epsilon;
};

void main() {
  uint i = workgroup();
  if (i >= count) return;  // The whole workgroup leaves, so no barrier is missed.
  uint lane = gl_LocalInvocationIndex;
  uint groups = channels / width;
  uint row = lane / width;
  uint c = i % groups * width + lane % width;
  uint base = i / groups * pixels * channels + c;
  // Idle invocations have no pixel.
  uint first = row < rows ? row : pixels;
  float held[EACH];
  float sum = 0.0;
  [[unroll]] for (uint e = 0; e < EACH; e++) {
    uint p = first + e * rows;
    held[e] = p < pixels ? x[xOffset + base + p * channels] : 0.0;
    sum += held[e];
  }
  float elements = float(pixels) * float(width);
  float mean = workgroupSum(sum) / elements;
  float squares = 0.0;
  [[unroll]] for (uint e = 0; e < EACH; e++) {
    float delta = first + e * rows < pixels ? held[e] - mean : 0.0;
    squares += delta * delta;
  }
  float inverse = 1.0 / sqrt(workgroupSum(squares) / elements + epsilon);
  if (lane == 0) {
    stats[statsOffset + 2 * i] = mean;
    stats[statsOffset + 2 * i + 1] = inverse;
  }
  if (first >= pixels) return;
  float g = scale[scaleOffset + c];
  float b = bias[biasOffset + c];
  [[unroll]] for (uint e = 0; e < EACH; e++) {
    uint p = first + e * rows;
    if (p < pixels) y[yOffset + base + p * channels] = activate((held[e] - mean) * inverse * g + b);
  }
}
