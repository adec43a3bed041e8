#version 450
// A fault, planted by Tools/drivers/check in the place of Shaders/random/philox.comp: an array that no registers hold, so that
// what the compilers say of it must be found.
layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Key { uint key[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { uint target[]; };

void main() {
  uint values[512];
  for (uint i = 0; i < 512; i++) values[i] = key[i] * gl_GlobalInvocationID.x;
  for (uint i = 0; i < 512; i++) values[values[i] & 511u] += i;
  target[gl_GlobalInvocationID.x] = values[key[0] & 511u];
}
