#version 450
// Per (n, group): the means of scale dz xhat and of scale dz over the group, from their sums per channel.
#extension GL_GOOGLE_include_directive : require
#include "../common.glsl"

layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 1) readonly buffer Sums { float sums[]; };
layout(std430, set = 0, binding = 2) writeonly buffer Means { float means[]; };
layout(push_constant) uniform Push {
  uint scaleOffset;
  uint sumsOffset;
  uint meansOffset;
  uint count;  // N * groups
  uint pixels;
  uint channels;
  uint width;
  uint scaledFirst;  // where in sums the images of this launch begin
  uint plainFirst;
};

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint groups = channels / width;
  uint group = i % groups;
  uint n = i / groups;
  float scaled = 0.0;
  float plain = 0.0;
  for (uint c = group * width; c < (group + 1) * width; c++) {
    float g = scale[scaleOffset + c];
    scaled += g * sums[sumsOffset + scaledFirst + n * channels + c];
    plain += g * sums[sumsOffset + plainFirst + n * channels + c];
  }
  float elements = float(pixels) * float(width);
  means[meansOffset + 2 * i] = scaled / elements;
  means[meansOffset + 2 * i + 1] = plain / elements;
}
