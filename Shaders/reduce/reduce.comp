#version 450
// One level of a reduction over the middle axis of [outer, length, inner]: partial c of `chunks` takes the
// elements c, c + chunks, c + 2 chunks, …, in that order. Levels follow until one partial is left, so the sum's
// order depends on the shape alone.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"
#include "../math.glsl"

// ELEMENT, FIRST (the neutral element) and COMBINE(a, b) come from the variants table.
#define sum(a, b) ((a) + (b))
// A NaN anywhere makes the maximum NaN.
float maximum(float a, float b) { return isBad(a) ? a : isBad(b) ? b : max(a, b); }

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Source { ELEMENT source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { ELEMENT target[]; };
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint targetOffset;
  uint count;  // outer * chunks * inner
  uint length;
  uint inner;
  uint chunks;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint lane = i % inner;
  uint rest = i / inner;
  uint chunk = rest % chunks;
  uint outer = rest / chunks;
  uint base = sourceOffset + outer * length * inner + lane;
  ELEMENT result = FIRST;
  uint k = chunk;
  // Several loads at a time: one after the other waits for memory.
  for (; k + 7 * chunks < length; k += 8 * chunks) {
    ELEMENT values[8];
    for (uint j = 0; j < 8; j++) values[j] = source[base + (k + j * chunks) * inner];
    for (uint j = 0; j < 8; j++) result = COMBINE(result, values[j]);
  }
  for (; k < length; k += chunks) {
    ELEMENT value = source[base + k * inner];
    result = COMBINE(result, value);
  }
  target[targetOffset + i] = result;
}
