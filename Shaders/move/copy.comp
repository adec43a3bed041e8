#version 450
// out[base + sum c_d outStride_d] = in[base + sum c_d inStride_d] for every coordinate c below the extents:
// transpose, broadcast, strided slice, and one operand of a concatenation.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "element.glsl"

layout(constant_id = 0) const uint RANK = 1;
layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Source { ELEMENT source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { ELEMENT target[]; };
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint targetOffset;
  uint count;
  uint extents[6];
  uint sourceStrides[6];
  uint targetStrides[6];
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint from = sourceOffset;
  uint to = targetOffset;
  for (int d = int(RANK) - 1; d > 0; d--) {
    uint c = i % extents[d];
    i /= extents[d];
    from += c * sourceStrides[d];
    to += c * targetStrides[d];
  }
  target[to + i * targetStrides[0]] = ELEMENT(uint(source[from + i * sourceStrides[0]]));
}
