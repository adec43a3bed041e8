#version 450
// y = softmax(scale q kᵀ) v for each head; an invocation a query.
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"

layout(std430, set = 0, binding = 0) readonly buffer Q { vec4 q[]; };
layout(std430, set = 0, binding = 1) readonly buffer K { vec4 k[]; };
layout(std430, set = 0, binding = 2) readonly buffer V { vec4 v[]; };
layout(std430, set = 0, binding = 3) writeonly buffer Y { vec4 y[]; };
layout(push_constant) uniform Push {
  uint qOffset;
  uint kOffset;
  uint vOffset;
  uint yOffset;
  uint workgroups;
  uint blocks;  // Workgroups a head of an image.
  uint heads;
  uint queries;
  uint keys;
  float scale;
};

#include "weights.glsl"

void main() {
  if (workgroup() >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint unit = workgroup() / blocks;
  uint image = unit / heads;
  uint head = unit - image * heads;
  uint row = workgroup() % blocks * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
  uint at = rowAt(image, queries, min(row, queries - 1), head);
  for (uint i = 0; i < FOURS; i++) query[i] = q[qOffset / 4 + at + i];
  walkKeys(image, head);
  if (row >= queries) return;
  for (uint i = 0; i < FOURS; i++) y[yOffset / 4 + at + i] = mixed[i] / total;
}
