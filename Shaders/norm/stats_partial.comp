#version 450
// The mean and the sum of squared deviations of the pixels c, c + chunks, … of each (n, group); written at
// [n, chunk, group, 2]. Sums are taken around the first element, so a large mean costs no digits.
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Partial { float partial[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint partialOffset;
  uint count;  // N * chunks * groups
  uint pixels;
  uint channels;
  uint width;
  uint chunks;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint groups = channels / width;
  uint group = i % groups;
  uint chunk = (i / groups) % chunks;
  uint n = i / groups / chunks;
  uint base = xOffset + n * pixels * channels + group * width;
  float origin = x[base + chunk * channels];
  float sum = 0.0;
  float squares = 0.0;
  uint taken = 0;
  for (uint p = chunk; p < pixels; p += chunks) {
    uint at = base + p * channels;
    for (uint c = 0; c < width; c++) {
      float v = x[at + c] - origin;
      sum += v;
      squares += v * v;
    }
    taken += width;
  }
  float mean = sum / float(taken);
  partial[partialOffset + 2 * i] = origin + mean;
  partial[partialOffset + 2 * i + 1] = max(squares - sum * mean, 0.0);
}
