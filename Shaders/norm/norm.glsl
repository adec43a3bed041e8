// What the group normalisation kernels share: x is [N, pixels, channels], a group is `width` channels, and
// stats holds (mean, 1 / sqrt(variance + epsilon)) for each (n, group).
#include "../common.glsl"
#include "../math.glsl"

// ACTIVATION: 0 none, 1 silu.
layout(constant_id = 0) const uint ACTIVATION = 0;

float activate(float z) { return ACTIVATION == 1 ? z * logistic(z) : z; }

float activateGrad(float z) {
  if (ACTIVATION != 1) return 1.0;
  float s = logistic(z);
  return s * (1.0 + z * (1.0 - s));
}

// Pixels that one invocation takes, one after another: what depends on the channel alone is read once for them.
const uint RUN = 8;
