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

void loadTiles(inout MatrixA a_, inout MatrixB b_, uint m0, uint n0, uint k, bool isInside) {
  k += first;
  uint atA = aOffset + item * M * K;
  uint atB = bOffset + item * K * N;
#ifdef TRANSPOSE_A
#define LOAD_A(layout_) coopMatLoadTensorNV(a_, a, atA, sliceTensorLayoutNV(layout_(end, M, M), k, DEPTH, m0, TILE_ROWS), TURNED)
#else
#define LOAD_A(layout_) coopMatLoadTensorNV(a_, a, atA, sliceTensorLayoutNV(layout_(M, end, K), m0, TILE_ROWS, k, DEPTH))
#endif
#ifdef TRANSPOSE_B
#define LOAD_B(layout_) coopMatLoadTensorNV(b_, b, atB, sliceTensorLayoutNV(layout_(N, end, K), n0, TILE_COLUMNS, k, DEPTH), TURNED)
#else
#define LOAD_B(layout_) coopMatLoadTensorNV(b_, b, atB, sliceTensorLayoutNV(layout_(end, N, N), k, DEPTH, n0, TILE_COLUMNS))
#endif
  if (isInside) {
    LOAD_A(UNCLAMPED);
    LOAD_B(UNCLAMPED);
  } else {
    LOAD_A(CLAMPED);
    LOAD_B(CLAMPED);
  }
}
