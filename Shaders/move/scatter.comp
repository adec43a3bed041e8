#version 450
// out[n, d] = the sum of updates[k, d] over the k with indices[k] = n, in the order of k: no atomics, so the
// same bits each time.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

#ifndef ELEMENT
#define ELEMENT float
#endif
layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Indices { int indices[]; };
layout(std430, set = 0, binding = 1) readonly buffer Updates { ELEMENT updates[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Target { ELEMENT target[]; };
layout(push_constant) uniform Push {
  uint indicesOffset;
  uint updatesOffset;
  uint targetOffset;
  uint count;
  uint updateRows;
  uint width;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  int row = int(i / width);
  uint d = i % width;
  ELEMENT sum = ELEMENT(0);
  for (uint k = 0; k < updateRows; k++) {
    if (indices[indicesOffset + k] == row) sum += updates[updatesOffset + k * width + d];
  }
  target[targetOffset + i] = sum;
}
