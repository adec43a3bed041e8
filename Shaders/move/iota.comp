#version 450
// out = the coordinate along one axis: ((first + i) / inner) % extent.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) writeonly buffer Target { uint target[]; };
layout(push_constant) uniform Push {
  uint targetOffset;
  uint count;
  uint inner;
  uint extent;
  uint first;
};

void main() {
  uint i = invocation();
  if (i < count) target[targetOffset + i] = ((first + i) / inner) % extent;
}
