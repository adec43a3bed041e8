#version 450
// Products at the 36 points, [36, tiles, channels], to the tiles of images.
#extension GL_GOOGLE_include_directive : require
#define RESULTS 4
#include "points.glsl"
#include "tiles.glsl"

layout(std430, set = 0, binding = 0) readonly buffer Source { Value source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { Value target[]; };

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint tile = i / channels;
  uint channel = i - tile * channels;
  uvec3 at = tileAt(tile);
  Value v[6][6];
  for (uint row = 0; row < 6; row++) {
    for (uint column = 0; column < 6; column++) {
      v[row][column] = source[sourceOffset / WIDTH + ((row * 6 + column) * tiles + tile) * channels + channel];
    }
  }
  both(results)
  for (uint row = 0; row < 4; row++) {
    for (uint column = 0; column < 4; column++) {
      uint h = at.y + row;
      uint w = at.z + column;
      if (h < height && w < width) {
        target[targetOffset / WIDTH + ((at.x * height + h) * width + w) * channels + channel] = v[row][column];
      }
    }
  }
}
