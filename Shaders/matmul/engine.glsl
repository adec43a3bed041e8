// The shape of a workgroup that computes a product C[m, n] = sum_k A[m, k] B[k, n], before the including shader says what A, B
// and C are. Four engines do the work: with LANES matmul/lanes.glsl, for software devices; with HALF, the type of 16-bit operands,
// matmul/coop.glsl, where there are cooperative matrices, or, with WORKGROUP_MATRICES, too, matmul/wide.glsl, where a whole workgroup
// can share one; else matmul/tile.glsl.
//
// Operands are seen as vec4s where extents and places are multiples of four, else, with ODD, as floats of which those that
// exist are read. Between this file and matmul/multiply.glsl the including shader
// - defines A_ALONG_M where four neighbours in memory are rows of A, not steps of k, and B_ALONG_N where they are columns of B
// - binds its operands as Four[] and its result as Result result[]
// - remembers in arrays of ROWS and COLUMNS what of a load does not change:
//     void openRow(uint i, uint m), void openColumn(uint j, uint n); the row and the column exist
// - walks the depth in spans, along which addresses move evenly: void openSpan(uint span)
// - reads four elements, with k counted within the span, 0 for what is beyond its end or does not exist:
//     Value fetchRow(uint i, uint k), Value fetchColumn(uint j, uint k)
// - says where the result's element is, or NOWHERE: uint place(uint m, uint n)
//
// A shader whose operands are dense can load whole matrices instead (TENSORS): see matmul/wide.glsl.
#ifdef LANES
#extension GL_KHR_shader_subgroup_shuffle : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint ROWS = 2;
layout(constant_id = 2) const uint COLUMNS = 4;
#elif defined(HALF)
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#ifdef BFLOAT
#extension GL_EXT_bfloat16 : require
#endif
layout(local_size_x_id = 0) in;
#ifdef WORKGROUP_MATRICES
#extension GL_NV_cooperative_matrix2 : require
#extension GL_EXT_shader_16bit_storage : require
// What a workgroup computes, and how many steps of k it takes at once.
layout(constant_id = 1) const uint TILE_ROWS = 128;
layout(constant_id = 2) const uint TILE_COLUMNS = 128;
layout(constant_id = 3) const uint DEPTH = 32;
// Whether results are floats, not 16 bits.
layout(constant_id = 4) const bool STORES_FLOATS = true;
const uint THREADS = gl_WorkGroupSize.x;
const uint LOADS_A = TILE_ROWS * DEPTH / 4 / THREADS;
const uint LOADS_B = TILE_COLUMNS * DEPTH / 4 / THREADS;
#else
// Of the device's matrices.
layout(constant_id = 1) const uint MATRIX_M = 16;
layout(constant_id = 2) const uint MATRIX_N = 16;
layout(constant_id = 3) const uint MATRIX_K = 16;
// Matrices of results a subgroup, and subgroups.
layout(constant_id = 4) const uint MATRICES_M = 4;
layout(constant_id = 5) const uint MATRICES_N = 4;
layout(constant_id = 6) const uint GRID_M = 2;
layout(constant_id = 7) const uint GRID_N = 2;
// Whether results are floats, not 16 bits.
layout(constant_id = 8) const bool STORES_FLOATS = true;
const uint THREADS = gl_WorkGroupSize.x;
const uint DEPTH = 32;
const uint LOADS_A = GRID_M * MATRICES_M * MATRIX_M * DEPTH / 4 / THREADS;
const uint LOADS_B = GRID_N * MATRICES_N * MATRIX_N * DEPTH / 4 / THREADS;
#endif
#define ROWS LOADS_A
#define COLUMNS LOADS_B
#else
layout(local_size_x = 128) in;
// How many times 64 rows a workgroup computes: 2, or 1 where an invocation has few registers.
layout(constant_id = 0) const uint BANDS = 2;
#ifdef A_ALONG_M
const uint ROWS = 1;
#else
const uint ROWS = 2 * BANDS;
#endif
#ifdef B_ALONG_N
const uint COLUMNS = 1;
#else
const uint COLUMNS = 2;
#endif
#endif

const uint NOWHERE = 0xffffffffu;

#ifdef HALF
// Four elements of 16 bits.
#define Value uvec2
#else
#define Value vec4
#endif

#ifdef TENSORS
#define Four HALF
#elif defined(ODD)
#define Four float
// `count` of the four elements of `buffer` from `at` on exist.
#define four(buffer, at, count) \
  vec4((count) > 0 ? buffer[at] : 0.0, (count) > 1 ? buffer[(at) + 1] : 0.0, (count) > 2 ? buffer[(at) + 2] : 0.0, \
    (count) > 3 ? buffer[(at) + 3] : 0.0)
#else
#define Four Value
#define four(buffer, at, count) buffer[(at) / 4]
#endif

#if defined(ODD) || defined(LANES) || defined(WORKGROUP_MATRICES)
#define Result float
#else
#define Result vec4
#endif

#ifdef WORKGROUP_MATRICES
#define MatrixA coopmat<HALF, gl_ScopeWorkgroup, TILE_ROWS, DEPTH, gl_MatrixUseA>
#define MatrixB coopmat<HALF, gl_ScopeWorkgroup, DEPTH, TILE_COLUMNS, gl_MatrixUseB>
#endif

#ifdef HALF
// The result again, where it is of 16 bits.
#ifdef WORKGROUP_MATRICES
layout(std430, set = 0, binding = 2) writeonly buffer HalfResult { uint16_t halfResult[]; };
#else
layout(std430, set = 0, binding = 2) writeonly buffer HalfResult { uvec2 halfResult[]; };
#endif

uvec2 packed(vec4 value) {
#ifdef BFLOAT
  // To the nearest, ties to even; NaN stays NaN.
  uvec4 bits = floatBitsToUint(value);
  uvec4 rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  rounded = mix(rounded, bits >> 16 | 0x40u, isnan(value));
  return uvec2(rounded.x | rounded.y << 16, rounded.z | rounded.w << 16);
#else
  // What is too large is infinite; left to themselves, drivers may round it to the largest half and hide an overflow.
  value = mix(value, sign(value) * uintBitsToFloat(0x7f800000u), greaterThanEqual(abs(value), vec4(65520.0)));
  return uvec2(packHalf2x16(value.xy), packHalf2x16(value.zw));
#endif
}
#endif
