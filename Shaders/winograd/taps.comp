#version 450
// Weights [outputs, 3, 3, channels] at the 36 points, [36, outputs, channels], turned by 180° where TURNED; or, with BACK, the
// gradient at the points to that of the weights.
#extension GL_GOOGLE_include_directive : require
#define RESULTS 3
#include "points.glsl"

layout(constant_id = 0) const bool TURNED = false;
layout(std430, set = 0, binding = 0) readonly buffer Source { Value source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { Value target[]; };
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint targetOffset;
  uint outputs;
  uint channels;
};

#ifdef BACK
#define transform(line) results(line)
#else
#define transform(line) tapPoints(line, line[2])
#endif

void main() {
  uint i = invocation();
  if (i >= outputs * channels) return;
  uint channel = i % channels;
  uint weights = i / channels * 9 * channels + channel;
  Value v[6][6];
  for (uint row = 0; row < 6; row++) {
    for (uint column = 0; column < 6; column++) {
#ifdef BACK
      v[row][column] = source[sourceOffset / WIDTH + (row * 6 + column) * outputs * channels + i];
#else
      bool is = row < 3 && column < 3;
      uint tap = is ? row * 3 + column : 0;
      Value value = source[sourceOffset / WIDTH + weights + (TURNED ? 8 - tap : tap) * channels];
      v[row][column] = is ? value : Value(0);
#endif
    }
  }
  both(transform)
#ifdef BACK
  for (uint row = 0; row < 3; row++) {
    for (uint column = 0; column < 3; column++) {
      target[targetOffset / WIDTH + weights + (row * 3 + column) * channels] = v[row][column];
    }
  }
#else
  for (uint row = 0; row < 6; row++) {
    for (uint column = 0; column < 6; column++) {
      target[targetOffset / WIDTH + (row * 6 + column) * outputs * channels + i] = v[row][column];
    }
  }
#endif
}
