// A product by cooperative matrices (VK_KHR_cooperative_matrix): operands of 16 bits, sums in float32. A workgroup of
// GRID_M x GRID_N subgroups computes as many blocks of MATRICES_M x MATRICES_N matrices.

const uint TILE_ROWS = GRID_M * MATRICES_M * MATRIX_M;
const uint TILE_COLUMNS = GRID_N * MATRICES_N * MATRIX_N;

#include "staged.glsl"

// One matrix of results a subgroup.
const uint STAGE = MATRIX_M * MATRIX_N;
shared float stage[GRID_M * GRID_N * STAGE];

#define MatrixA coopmat<HALF, gl_ScopeSubgroup, MATRIX_M, MATRIX_K, gl_MatrixUseA>
#define MatrixB coopmat<HALF, gl_ScopeSubgroup, MATRIX_K, MATRIX_N, gl_MatrixUseB>
#define Sums coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator>

// Four results.
void put(uint m, uint n, vec4 value, uint M, uint N) {
  if (m >= M || n >= N) return;
  uint at = place(m, n) / 4;
  if (STORES_FLOATS) {
    result[at] = value;
  } else {
    halfResult[at] = packed(value);
  }
}

// The outputs from (m0, n0) on; loads beyond M and N repeat the last one, and nothing is stored there.
void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  open(m0, n0, M, N);
  uint subgroup = gl_SubgroupID;
  uint blockM = subgroup / GRID_N * (MATRICES_M * MATRIX_M);
  uint blockN = subgroup % GRID_N * (MATRICES_N * MATRIX_N);
  Sums sums[MATRICES_M * MATRICES_N];
  [[unroll]] for (uint i = 0; i < MATRICES_M * MATRICES_N; i++) sums[i] = Sums(0.0);
  beginWalk
  for (uint step_ = 0; step_ < count; step_++) {
    shareAndLoadNext
    [[unroll]] for (uint d = 0; d < DEPTH; d += MATRIX_K) {
      MatrixA a[MATRICES_M];
      [[unroll]] for (uint i = 0; i < MATRICES_M; i++) {
        uint m = blockM + i * MATRIX_M;
#ifdef A_ALONG_M
        coopMatLoad(a[i], tileA, d * LINE_A + m / 4, LINE_A, gl_CooperativeMatrixLayoutColumnMajor);
#else
        coopMatLoad(a[i], tileA, m * LINE_A + d / 4, LINE_A, gl_CooperativeMatrixLayoutRowMajor);
#endif
      }
      [[unroll]] for (uint j = 0; j < MATRICES_N; j++) {
        MatrixB b;
        uint n = blockN + j * MATRIX_N;
#ifdef B_ALONG_N
        coopMatLoad(b, tileB, d * LINE_B + n / 4, LINE_B, gl_CooperativeMatrixLayoutRowMajor);
#else
        coopMatLoad(b, tileB, n * LINE_B + d / 4, LINE_B, gl_CooperativeMatrixLayoutColumnMajor);
#endif
        [[unroll]] for (uint i = 0; i < MATRICES_M; i++) {
          sums[i * MATRICES_N + j] = coopMatMulAdd(a[i], b, sums[i * MATRICES_N + j]);
        }
      }
    }
    barrier();
  }
  [[unroll]] for (uint i = 0; i < MATRICES_M; i++) {
    [[unroll]] for (uint j = 0; j < MATRICES_N; j++) {
      coopMatStore(sums[i * MATRICES_N + j], stage, subgroup * STAGE, MATRIX_N, gl_CooperativeMatrixLayoutRowMajor);
      subgroupBarrier();
      for (uint e = gl_SubgroupInvocationID * 4; e < STAGE; e += gl_SubgroupSize * 4) {
        uint at = subgroup * STAGE + e;
        put(m0 + blockM + i * MATRIX_M + e / MATRIX_N, n0 + blockN + j * MATRIX_N + e % MATRIX_N,
          vec4(stage[at], stage[at + 1], stage[at + 2], stage[at + 3]), M, N);
      }
      subgroupBarrier();
    }
  }
}
