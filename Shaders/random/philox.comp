#version 450
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). Element i of a tensor
// whose rows hold rowSize elements is word j % 4 of block j / 4, where j = firstRow * rowSize + i;
// this launch begins at element `first`.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Key { uint key[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { uint target[]; };
layout(push_constant) uniform Push {
  uint keyOffset;
  uint targetOffset;
  uint count;
  uint rowSize;
  uint purpose;
  uint shift;
  uint first;
};

uvec4 philox(uvec4 counter, uvec2 k) {
  for (int round = 0; round < 10; round++) {
    uint high0, low0, high1, low1;
    umulExtended(0xD2511F53u, counter.x, high0, low0);
    umulExtended(0xCD9E8D57u, counter.z, high1, low1);
    counter = uvec4(high1 ^ counter.y ^ k.x, low1, high0 ^ counter.w ^ k.y, low0);
    k += uvec2(0x9E3779B9u, 0xBB67AE85u);
  }
  return counter;
}

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint high, low, carry;
  umulExtended(key[keyOffset + 4], rowSize, high, low);
  low = uaddCarry(low, i, carry);
  high += carry;
  low = uaddCarry(low, first, carry);
  high += carry;
  // The low 32 bits of j / 4.
  uint block = low >> 2 | high << 30;
  uvec4 words = philox(
    uvec4(block, purpose, key[keyOffset + 2], key[keyOffset + 3]), uvec2(key[keyOffset], key[keyOffset + 1]));
  uint lane = low & 3u;
  uint word = lane == 0u ? words.x : lane == 1u ? words.y : lane == 2u ? words.z : words.w;
  target[targetOffset + i] = word >> shift;
}
