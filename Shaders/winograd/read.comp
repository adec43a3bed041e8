#version 450
// Tiles of images at the 36 points, [36, tiles, channels]: with SIDE 6 the inputs of a tile of outputs, with SIDE 4 the gradients
// with respect to the outputs, which the weights' gradient takes for taps.
#extension GL_GOOGLE_include_directive : require
#define RESULTS 4
#include "points.glsl"
#include "tiles.glsl"

layout(std430, set = 0, binding = 0) readonly buffer Source { Value source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { Value target[]; };

#if SIDE == 4
#define transform(line) tapPoints(line, line[3])
#else
#define transform(line) inputPoints(line)
#endif

void main() {
  uint i = invocation();
  if (i >= count) return;
  uint tile = i / channels;
  uint channel = i - tile * channels;
  uvec3 at = tileAt(tile);
  Value v[6][6];
  for (uint row = 0; row < 6; row++) {
    for (uint column = 0; column < 6; column++) {
      // A coordinate before 0 wraps to a large number.
      uint h = at.y + row;
      uint w = at.z + column;
      bool is = row < SIDE && column < SIDE && h < height && w < width;
      uint from = is ? ((at.x * height + h) * width + w) * channels + channel : 0;
      Value value = source[sourceOffset / WIDTH + from];
      v[row][column] = is ? value : Value(0);
    }
  }
  both(transform)
  for (uint row = 0; row < 6; row++) {
    for (uint column = 0; column < 6; column++) {
      target[targetOffset / WIDTH + ((row * 6 + column) * tiles + tile) * channels + channel] = v[row][column];
    }
  }
}
