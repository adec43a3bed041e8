// The operands of matmul/matmul.comp as tensors, whose slices are loaded as whole matrices (VK_NV_cooperative_matrix2). Operands and
// items begin at multiples of 16 bytes.

// Lines of elements one after the other, of which those of `count` lines and the first `width` elements of each exist: what is loaded
// from beyond is 0. Unclamped loads must not reach there.
#define LINES(tensor, count, width, length) \
  setTensorLayoutStrideNV(setTensorLayoutDimensionNV(tensor, count, width), length, 1)
#define CLAMPED(count, width, length) \
  LINES(createTensorLayoutNV(2, gl_CooperativeMatrixClampModeConstantNV), count, width, length)
#define UNCLAMPED(count, width, length) LINES(createTensorLayoutNV(2), count, width, length)

// Where lines run across the matrix's rows.
#define TURNED createTensorViewNV(2, false, 1, 0)

// Whether all of a tile's rows and columns exist, and each of its lines begins at a multiple of 16 bytes.
bool areWhole(uint m0, uint n0) {
  return m0 + TILE_ROWS <= M && n0 + TILE_COLUMNS <= N && (M | N | K) % 8 == 0;
}

// With `isWhole`, what is loaded exists, and its lines begin at multiples of 16 bytes: the masks say so to compilers, which load many
// elements at once only where they know.
void loadTiles(inout MatrixA a_, inout MatrixB b_, uint m0, uint n0, uint k, const bool isWhole) {
  k += first;
  uint atA = aOffset + item * M * K;
  uint atB = bOffset + item * K * N;
#ifdef TRANSPOSE_A
#define LOAD_A(layout_, mask) \
  coopMatLoadTensorNV(a_, a, atA & mask, sliceTensorLayoutNV(layout_(end, M, M & mask), k & mask, DEPTH, m0, TILE_ROWS), TURNED)
#else
#define LOAD_A(layout_, mask) \
  coopMatLoadTensorNV(a_, a, atA & mask, sliceTensorLayoutNV(layout_(M, end, K & mask), m0, TILE_ROWS, k & mask, DEPTH))
#endif
#ifdef TRANSPOSE_B
#define LOAD_B(layout_, mask) \
  coopMatLoadTensorNV(b_, b, atB & mask, sliceTensorLayoutNV(layout_(N, end, K & mask), n0, TILE_COLUMNS, k & mask, DEPTH), TURNED)
#else
#define LOAD_B(layout_, mask) \
  coopMatLoadTensorNV(b_, b, atB & mask, sliceTensorLayoutNV(layout_(end, N, N & mask), k & mask, DEPTH, n0, TILE_COLUMNS))
#endif
  if (isWhole) {
    LOAD_A(UNCLAMPED, ~7u);
    LOAD_B(UNCLAMPED, ~7u);
  } else {
    LOAD_A(CLAMPED, ~0u);
    LOAD_B(CLAMPED, ~0u);
  }
}
