#version 450
// The gradients of scale and bias: the sums per image and channel, added up over the images in order.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Sums { float sums[]; };
layout(std430, set = 0, binding = 1) writeonly buffer DScale { float dscale[]; };
layout(std430, set = 0, binding = 2) writeonly buffer DBias { float dbias[]; };
layout(push_constant) uniform Push {
  uint sumsOffset;
  uint dscaleOffset;
  uint dbiasOffset;
  uint images;
  uint channels;
};

void main() {
  uint c = invocation();
  if (c >= channels) return;
  float scaled = 0.0;
  float plain = 0.0;
  for (uint n = 0; n < images; n++) {
    scaled += sums[sumsOffset + n * channels + c];
    plain += sums[sumsOffset + (images + n) * channels + c];
  }
  dscale[dscaleOffset + c] = scaled;
  dbias[dbiasOffset + c] = plain;
}
