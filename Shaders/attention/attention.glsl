// Scaled dot-product attention whose scores never reach memory (Milakov and Gimelshein, "Online normalizer calculation for softmax",
// 2018; Dao et al., "FlashAttention", 2022). An invocation has one row, its own query or key, and walks over the rows of the other
// kind, which the workgroup reads together, STAGE at a time: with LANES a workgroup is one subgroup, whose lanes hand over a row
// each (software devices pay dearly for barriers and shared memory), else they lie in shared memory.
//
// Tensors are [N, length, heads, FOURS] of vec4s.
#include "../common.glsl"
#include "../math.glsl"
#ifdef LANES
#extension GL_KHR_shader_subgroup_shuffle : require
#endif

layout(local_size_x_id = 0) in;
// A head's features, in fours.
layout(constant_id = 1) const uint FOURS = 2;

// The first vec4 of a row.
#define rowAt(image, length, row, head) ((((image) * (length) + (row)) * heads + (head)) * FOURS)

#ifdef LANES
const uint STAGE = gl_WorkGroupSize.x;
// Rows whose scores are worked on together.
const uint CHUNK = gl_WorkGroupSize.x;
vec4 ownA[FOURS];
vec4 ownB[FOURS];
#define stagedA(row, i) subgroupShuffle(ownA[i], row)
#define stagedB(row, i) subgroupShuffle(ownB[i], row)
#else
const uint STAGE = 16;
const uint CHUNK = 8;
shared vec4 sharedA[STAGE * FOURS];
shared vec4 sharedB[STAGE * FOURS];
#define stagedA(row, i) sharedA[(row) * FOURS + (i)]
#define stagedB(row, i) sharedB[(row) * FOURS + (i)]
#endif

// Reads STAGE rows of two tensors from `first` on; beyond the last one it repeats that.
#ifdef LANES
#define stage(a, aOffset, b, bOffset, image, length, first, head) { \
  uint at = rowAt(image, length, min((first) + gl_LocalInvocationIndex, (length) - 1), head); \
  for (uint i = 0; i < FOURS; i++) { \
    ownA[i] = a[(aOffset) / 4 + at + i]; \
    ownB[i] = b[(bOffset) / 4 + at + i]; \
  } \
}
#else
#define stage(a, aOffset, b, bOffset, image, length, first, head) { \
  barrier(); \
  for (uint e = gl_LocalInvocationIndex; e < STAGE * FOURS; e += gl_WorkGroupSize.x) { \
    uint row = e / FOURS; \
    uint at = rowAt(image, length, min((first) + row, (length) - 1), head) + e - row * FOURS; \
    sharedA[e] = a[(aOffset) / 4 + at]; \
    sharedB[e] = b[(bOffset) / 4 + at]; \
  } \
  barrier(); \
}
#endif
