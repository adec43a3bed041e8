#version 450
// out[k, d] = operand[indices[k], d]; zero where the index lies outside.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "element.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Operand { ELEMENT operand[]; };
layout(std430, set = 0, binding = 1) readonly buffer Indices { int indices[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Target { ELEMENT target[]; };
layout(push_constant) uniform Push {
  uint operandOffset;
  uint indicesOffset;
  uint targetOffset;
  uint count;
  uint rows;
  uint width;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint k = i / width;
  int row = indices[indicesOffset + k];
  uint value = 0;
  if (row >= 0 && uint(row) < rows) {
    value = uint(operand[operandOffset + uint(row) * width + (i - k * width)]);
  }
  target[targetOffset + i] = ELEMENT(value);
}
