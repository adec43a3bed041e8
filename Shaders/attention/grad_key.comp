#version 450
// The gradients with respect to keys and values, an invocation a key: with p the weights, dv = Σ p dy and
// dk = scale Σ p (dy · v − D) q over the queries, of which grad_query left (peak, 1 / total, D).
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"

layout(std430, set = 0, binding = 0) readonly buffer Q { vec4 q[]; };
layout(std430, set = 0, binding = 1) readonly buffer K { vec4 k[]; };
layout(std430, set = 0, binding = 2) readonly buffer V { vec4 v[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { vec4 dy[]; };
layout(std430, set = 0, binding = 4) readonly buffer Moments { float moments[]; };
layout(std430, set = 0, binding = 5) writeonly buffer DK { vec4 dk[]; };
layout(std430, set = 0, binding = 6) writeonly buffer DV { vec4 dv[]; };
layout(push_constant) uniform Push {
  uint qOffset;
  uint kOffset;
  uint vOffset;
  uint dyOffset;
  uint momentsOffset;
  uint dkOffset;
  uint dvOffset;
  uint workgroups;
  uint blocks;  // Workgroups a head of an image.
  uint heads;
  uint queries;
  uint keys;
  float scale;
};

void main() {
  if (workgroup() >= workgroups) return;  // The whole workgroup leaves, so no barrier is missed.
  uint unit = workgroup() / blocks;
  uint image = unit / heads;
  uint head = unit - image * heads;
  uint row = workgroup() % blocks * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
  uint at = rowAt(image, keys, min(row, keys - 1), head);
  vec4 key[FOURS];
  vec4 value[FOURS];
  vec4 keySum[FOURS];
  vec4 valueSum[FOURS];
  for (uint i = 0; i < FOURS; i++) {
    key[i] = k[kOffset / 4 + at + i];
    value[i] = v[vOffset / 4 + at + i];
    keySum[i] = vec4(0);
    valueSum[i] = vec4(0);
  }
  uint plane = workgroups / blocks * queries;
  uint own = momentsOffset + unit * queries;
  for (uint first = 0; first < queries; first += STAGE) {
    stage(q, qOffset, dy, dyOffset, image, queries, first, head)
    for (uint j = 0; j < STAGE; j++) {
      uint from = own + min(first + j, queries - 1);
      float score = 0.0;
      float dp = 0.0;
      for (uint i = 0; i < FOURS; i++) {
        score += dot(stagedA(j, i), key[i]);
        dp += dot(stagedB(j, i), value[i]);
      }
      float weight =
        first + j < queries ? exponential(score * scale - moments[from]) * moments[from + plane] : 0.0;
      float ds = weight * (dp - moments[from + 2 * plane]);
      for (uint i = 0; i < FOURS; i++) {
        keySum[i] += ds * stagedA(j, i);
        valueSum[i] += weight * stagedB(j, i);
      }
    }
  }
  if (row >= keys) return;
  for (uint i = 0; i < FOURS; i++) {
    dk[dkOffset / 4 + at + i] = keySum[i] * scale;
    dv[dvOffset / 4 + at + i] = valueSum[i];
  }
}
