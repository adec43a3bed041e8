#version 450
// Zero padding before, after and between: out[low + c (interior + 1)] = in[c], zero elsewhere.
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
  uint targetExtents[6];
  uint sourceExtents[6];
  uint lows[6];
  uint steps[6];
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint rest = i;
  uint from = sourceOffset;
  uint stride = 1;
  bool inside = true;
  for (int d = int(RANK) - 1; d >= 0; d--) {
    uint c = rest % targetExtents[d];
    rest /= targetExtents[d];
    uint moved = c - lows[d];
    uint at = moved / steps[d];
    inside = inside && c >= lows[d] && at < sourceExtents[d] && at * steps[d] == moved;
    from += at * stride;
    stride *= sourceExtents[d];
  }
  uint value = 0;
  if (inside) value = uint(source[from]);
  target[targetOffset + i] = ELEMENT(value);
}
