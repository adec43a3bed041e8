#version 450
// The gradient with respect to the queries, an invocation a query: with p the weights and D = y · dy,
// dq = scale Σ p (dy · v − D) k. For the keys' gradient it leaves of each query (peak, 1 / total, D), as [3, N, heads, queries].
#extension GL_GOOGLE_include_directive : require
#include "attention.glsl"

layout(std430, set = 0, binding = 0) readonly buffer Q { vec4 q[]; };
layout(std430, set = 0, binding = 1) readonly buffer K { vec4 k[]; };
layout(std430, set = 0, binding = 2) readonly buffer V { vec4 v[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { vec4 dy[]; };
layout(std430, set = 0, binding = 4) writeonly buffer DQ { vec4 dq[]; };
layout(std430, set = 0, binding = 5) writeonly buffer Moments { float moments[]; };
layout(push_constant) uniform Push {
  uint qOffset;
  uint kOffset;
  uint vOffset;
  uint dyOffset;
  uint dqOffset;
  uint momentsOffset;
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
  vec4 slope[FOURS];
  for (uint i = 0; i < FOURS; i++) {
    query[i] = q[qOffset / 4 + at + i];
    slope[i] = dy[dyOffset / 4 + at + i];
  }
  walkKeys(image, head);
  float share = 1.0 / total;
  float mean = 0.0;
  for (uint i = 0; i < FOURS; i++) {
    mean += dot(slope[i], mixed[i]);
    mixed[i] = vec4(0);
  }
  mean *= share;
  for (uint first = 0; first < keys; first += STAGE) {
    stage(k, kOffset, v, vOffset, image, keys, first, head)
    for (uint j = 0; j < STAGE; j++) {
      float score = 0.0;
      float dp = 0.0;
      for (uint i = 0; i < FOURS; i++) {
        score += dot(query[i], stagedA(j, i));
        dp += dot(slope[i], stagedB(j, i));
      }
      float weight = first + j < keys ? exponential(score * scale - peak) * share : 0.0;
      float ds = weight * (dp - mean);
      for (uint i = 0; i < FOURS; i++) mixed[i] += ds * stagedA(j, i);
    }
  }
  if (row >= queries) return;
  for (uint i = 0; i < FOURS; i++) dq[dqOffset / 4 + at + i] = mixed[i] * scale;
  uint plane = workgroups / blocks * queries;
  uint own = momentsOffset + unit * queries + row;
  moments[own] = peak;
  moments[own + plane] = share;
  moments[own + 2 * plane] = mean;
}
