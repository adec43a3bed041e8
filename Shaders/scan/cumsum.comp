#version 450
// Running sums over the middle axis of [outer, length, inner], or, reversed, from the other end: an invocation a run of `run`
// elements. It begins with what lies before its run: element `run` of sums [outer, runs, inner].
//
// With TOTALS it leaves for each run what the run before it adds up to, and for the first one `begin` [outer, inner], so that the
// running sums of that are what runs begin with.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Source { ELEMENT source[]; };
layout(std430, set = 0, binding = 1) readonly buffer Begin { ELEMENT begin[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Target { ELEMENT target[]; };
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint beginOffset;
  uint targetOffset;
  uint count;  // outer * runs * inner
  uint length;
  uint inner;
  uint runs;
  uint run;
  uint reversed;
  uint hasBegin;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint lane = i % inner;
  uint rest = i / inner;
  uint number = rest % runs;
  uint outer = rest / runs;
  uint base = sourceOffset + outer * length * inner + lane;
#ifdef TOTALS
  if (number == 0) {
    target[targetOffset + i] = hasBegin != 0 ? begin[beginOffset + outer * inner + lane] : ELEMENT(0);
    return;
  }
  ELEMENT sum = ELEMENT(0);
  for (uint k = (number - 1) * run; k < number * run; k++) {
    sum += source[base + (reversed != 0 ? length - 1 - k : k) * inner];
  }
  target[targetOffset + i] = sum;
#else
  ELEMENT sum = hasBegin != 0 ? begin[beginOffset + i] : ELEMENT(0);
  uint to = targetOffset + outer * length * inner + lane;
  for (uint k = number * run; k < min(number * run + run, length); k++) {
    uint at = (reversed != 0 ? length - 1 - k : k) * inner;
    sum += source[base + at];
    target[to + at] = sum;
  }
#endif
}
