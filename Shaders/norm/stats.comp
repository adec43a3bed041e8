#version 450
// Joins the partial means and squared deviations of each (n, group), in the order of the chunks
// (Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979).
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Partial { float partial[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Stats { float stats[]; };
layout(push_constant) uniform Push {
  uint partialOffset;
  uint statsOffset;
  uint count;  // N * groups
  uint pixels;
  uint groups;
  uint width;
  uint chunks;
  float epsilon;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint group = i % groups;
  uint n = i / groups;
  float mean = 0.0;
  float squares = 0.0;
  float taken = 0.0;
  for (uint chunk = 0; chunk < chunks; chunk++) {
    uint at = partialOffset + 2 * ((n * chunks + chunk) * groups + group);
    // Chunk c holds the pixels c, c + chunks, …
    float more = float((pixels - chunk + chunks - 1) / chunks * width);
    float delta = partial[at] - mean;
    float total = taken + more;
    mean += delta * (more / total);
    squares += partial[at + 1] + delta * delta * (taken * more / total);
    taken = total;
  }
  stats[statsOffset + 2 * i] = mean;
  stats[statsOffset + 2 * i + 1] = 1.0 / sqrt(squares / taken + epsilon);
}
