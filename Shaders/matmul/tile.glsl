// A tiled product C[m, n] = sum_k A[m, k] B[k, n] for one workgroup of 128 invocations: 64 x 64 outputs, 16
// steps of k in shared memory (8.5 KiB), 8 x 4 outputs an invocation.
//
// The including shader says how the operands are addressed: Row and Column are what is worth remembering of an
// index (its decoded coordinates), fetch joins both.
//   RowA rowA(uint m); DepthA depthA(uint k); float fetchA(RowA, DepthA);
//   DepthB depthB(uint k); ColumnB columnB(uint n); float fetchB(DepthB, ColumnB);
//   void store(uint m, uint n, float value);
// Each checks its own bound and fetches 0 beyond it. A_ALONG_M and B_ALONG_N name the axis along which an
// operand is contiguous, so that neighbours load neighbours.

layout(local_size_x = 128) in;

const uint TILE = 64;
const uint DEPTH = 16;
// One word more a row, so that the transposing stores spread over the banks.
shared float tileA[DEPTH][TILE + 1];
shared float tileB[DEPTH][TILE + 1];

void loadA(uint m0, uint k0, uint kEnd) {
  uint t = gl_LocalInvocationIndex;
#ifdef A_ALONG_M
  RowA row = rowA(m0 + t % TILE);
  for (uint j = 0; j < 8; j++) {
    uint k = t / TILE + 2 * j;
    tileA[k][t % TILE] = k0 + k < kEnd ? fetchA(row, depthA(k0 + k)) : 0.0;
  }
#else
  uint k = t % DEPTH;
  DepthA depth = depthA(k0 + k);
  for (uint j = 0; j < 8; j++) {
    uint m = t / DEPTH + 8 * j;
    tileA[k][m] = k0 + k < kEnd ? fetchA(rowA(m0 + m), depth) : 0.0;
  }
#endif
}

void loadB(uint n0, uint k0, uint kEnd) {
  uint t = gl_LocalInvocationIndex;
#ifdef B_ALONG_N
  ColumnB column = columnB(n0 + t % TILE);
  for (uint j = 0; j < 8; j++) {
    uint k = t / TILE + 2 * j;
    tileB[k][t % TILE] = k0 + k < kEnd ? fetchB(depthB(k0 + k), column) : 0.0;
  }
#else
  uint k = t % DEPTH;
  DepthB depth = depthB(k0 + k);
  for (uint j = 0; j < 8; j++) {
    uint n = t / DEPTH + 8 * j;
    tileB[k][n] = k0 + k < kEnd ? fetchB(depth, columnB(n0 + n)) : 0.0;
  }
#endif
}

// The tile whose first output is (m0, n0), over the depths kBegin ..< kEnd.
void multiplyTile(uint m0, uint n0, uint kBegin, uint kEnd) {
  uint t = gl_LocalInvocationIndex;
  // Rows 8 apart and columns 16 apart, so that neighbours read neighbouring words of shared memory.
  uint mt = t / 16;
  uint nt = t % 16;
  float sums[8][4];
  for (uint i = 0; i < 8; i++) {
    for (uint j = 0; j < 4; j++) sums[i][j] = 0.0;
  }
  for (uint k0 = kBegin; k0 < kEnd; k0 += DEPTH) {
    loadA(m0, k0, kEnd);
    loadB(n0, k0, kEnd);
    barrier();
    for (uint k = 0; k < DEPTH; k++) {
      float a[8];
      float b[4];
      for (uint i = 0; i < 8; i++) a[i] = tileA[k][mt + 8 * i];
      for (uint j = 0; j < 4; j++) b[j] = tileB[k][nt + 16 * j];
      for (uint i = 0; i < 8; i++) {
        for (uint j = 0; j < 4; j++) sums[i][j] = fma(a[i], b[j], sums[i][j]);
      }
    }
    barrier();
  }
  for (uint i = 0; i < 8; i++) {
    for (uint j = 0; j < 4; j++) store(m0 + mt + 8 * i, n0 + nt + 16 * j, sums[i][j]);
  }
}
