// A product by cooperative matrices of whole workgroups (VK_NV_cooperative_matrix2): operands of 16 bits, sums in float32. A
// workgroup has one matrix of TILE_ROWS x TILE_COLUMNS sums, and the driver shares the work out among its invocations. Each operand is
// one matrix of DEPTH steps of k, which comes
// - with TENSORS straight from memory: the including shader defines
//     bool areWhole(uint m0, uint n0), void loadTiles(inout MatrixA a, inout MatrixB b, uint m0, uint n0, uint k, const bool isWhole)
//   for k counted within the span, with zeros beyond its end; rows and columns that do not exist may be anything; `isWhole` where
//   areWhole, and the span has DEPTH more steps
// - else by way of shared memory (matmul/staged.glsl).

#define Sums coopmat<float, gl_ScopeWorkgroup, TILE_ROWS, TILE_COLUMNS, gl_MatrixUseAccumulator>

// One result of the tile at (m0, n0), called for every element of the matrix. Results are stored whole and alike however often it is
// called for one.
float put(const in uint row, const in uint column, const in float value, const in uint m0, const in uint n0, const in uint M,
  const in uint N) {
  uint m = m0 + row;
  uint n = n0 + column;
  if (m < M && n < N) {
    uint at = place(m, n);
    if (STORES_FLOATS) {
      result[at] = value;
    } else {
      halfResult[at] = uint16_t(packed(vec4(value, 0.0, 0.0, 0.0)).x);
    }
  }
  return value;
}

#ifdef TENSORS

// The sums of one more run of DEPTH steps.
#define multiplyTiles(isWhole) { \
  MatrixA a; \
  MatrixB b; \
  loadTiles(a, b, m0, n0, k, isWhole); \
  sums = coopMatMulAdd(a, b, sums); \
  k += DEPTH; \
}

// The outputs from (m0, n0) on, of one span.
void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  Sums sums = Sums(0.0);
  uint k = 0;
  if (areWhole(m0, n0)) {
    // Compilers load ahead of products where the loop is written out.
    while (k + 4 * DEPTH <= spanLength) {
      [[unroll]] for (uint j = 0; j < 4; j++) multiplyTiles(true)
    }
    while (k + DEPTH <= spanLength) multiplyTiles(true)
  }
  while (k < spanLength) multiplyTiles(false)
  coopMatPerElementNV(sums, sums, put, m0, n0, M, N);
}

#else

#include "staged.glsl"

// The outputs from (m0, n0) on; loads beyond M and N repeat the last one, and nothing is stored there.
void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  open(m0, n0, M, N);
  Sums sums = Sums(0.0);
  beginWalk
  for (uint step_ = 0; step_ < count; step_++) {
    shareAndLoadNext
    MatrixA a;
    MatrixB b;
#ifdef A_ALONG_M
    coopMatLoad(a, tileA, 0, LINE_A, gl_CooperativeMatrixLayoutColumnMajor);
#else
    coopMatLoad(a, tileA, 0, LINE_A, gl_CooperativeMatrixLayoutRowMajor);
#endif
#ifdef B_ALONG_N
    coopMatLoad(b, tileB, 0, LINE_B, gl_CooperativeMatrixLayoutRowMajor);
#else
    coopMatLoad(b, tileB, 0, LINE_B, gl_CooperativeMatrixLayoutColumnMajor);
#endif
    sums = coopMatMulAdd(a, b, sums);
    barrier();
  }
  coopMatPerElementNV(sums, sums, put, m0, n0, M, N);
}

#endif
