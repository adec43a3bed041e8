#version 450
// dx = (scale dz - mean(scale dz) - xhat mean(scale dz xhat)) / deviation, the means taken over each group, and per image and channel
// the sums of dz xhat and of dz, in one pass: a workgroup a group of an image. z = xhat scale + bias, dz = dy activation'(z).
#extension GL_GOOGLE_include_directive : require
#include "norm.glsl"
#include "group.glsl"

layout(std430, set = 0, binding = 0) readonly buffer X { float x[]; };
layout(std430, set = 0, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, set = 0, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, set = 0, binding = 3) readonly buffer DY { float dy[]; };
layout(std430, set = 0, binding = 4) readonly buffer Stats { float stats[]; };
layout(std430, set = 0, binding = 5) writeonly buffer Sums { float sums[]; };
layout(std430, set = 0, binding = 6) writeonly buffer DX { float dx[]; };
layout(push_constant) uniform Push {
  uint xOffset;
  uint scaleOffset;
  uint biasOffset;
  uint dyOffset;
  uint statsOffset;
  uint sumsOffset;
  uint dxOffset;
  uint count;  // N * groups
  uint pixels;
  uint channels;
  uint width;
  uint rows;         // pixels at once: THREADS / width
  uint scaledFirst;  // where in sums the images of this launch begin
  uint plainFirst;
};

shared float plains[THREADS];

void main() {
  uint i = workgroup();
  if (i >= count) return;  // The whole workgroup leaves, so no barrier is missed.
  uint lane = gl_LocalInvocationIndex;
  uint groups = channels / width;
  uint row = lane / width;
  uint own = i % groups * width;
  uint c = own + lane % width;
  uint image = i / groups;
  uint base = image * pixels * channels + c;
  // Idle invocations have no pixel.
  uint first = row < rows ? row : pixels;
  float mean = stats[statsOffset + 2 * i];
  float inverse = stats[statsOffset + 2 * i + 1];
  float g = scale[scaleOffset + c];
  float b = bias[biasOffset + c];
  float normals[EACH];
  float dzs[EACH];
  float scaled = 0.0;
  float plain = 0.0;
  [[unroll]] for (uint e = 0; e < EACH; e++) {
    uint p = first + e * rows;
    normals[e] = 0.0;
    dzs[e] = 0.0;
    if (p < pixels) {
      normals[e] = (x[xOffset + base + p * channels] - mean) * inverse;
      dzs[e] = dy[dyOffset + base + p * channels] * activateGrad(normals[e] * g + b);
    }
    scaled += dzs[e] * normals[e];
    plain += dzs[e];
  }
  // The sums of each channel gather in the first row.
  partial[lane] = scaled;
  plains[lane] = plain;
  barrier();
  for (uint step_ = THREADS / 2; step_ > 0; step_ >>= 1) {
    if (row < step_ && row + step_ < rows) {
      partial[lane] += partial[lane + step_ * width];
      plains[lane] += plains[lane + step_ * width];
    }
    barrier();
  }
  if (row == 0) {
    sums[sumsOffset + scaledFirst + image * channels + c] = partial[lane];
    sums[sumsOffset + plainFirst + image * channels + c] = plains[lane];
  }
  float meanScaled = 0.0;
  float meanPlain = 0.0;
  for (uint k = 0; k < width; k++) {
    float factor = scale[scaleOffset + own + k];
    meanScaled += factor * partial[k];
    meanPlain += factor * plains[k];
  }
  float elements = float(pixels) * float(width);
  meanScaled /= elements;
  meanPlain /= elements;
  [[unroll]] for (uint e = 0; e < EACH; e++) {
    uint p = first + e * rows;
    if (p < pixels) {
      // Rounded before the subtraction, as the mean is: a group of one element gets exactly 0.
      precise float gained = g * dzs[e];
      float centred = gained - meanPlain - normals[e] * meanScaled;
      dx[dxOffset + base + p * channels] = inverse * centred;
    }
  }
}
