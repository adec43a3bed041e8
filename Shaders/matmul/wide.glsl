// A product C[m, n] = sum_k A[m, k] B[k, n] for software devices, which run the invocations of a workgroup as the
// lanes of a vector and pay dearly for barriers and for every load: 8 lanes, each ROWS x COLUMNS outputs, no
// shared memory. A workgroup covers ROWS rows and 8 COLUMNS columns, a lane every eighth column.
//
// The depth is walked in spans, along which an operand's address moves evenly. The including shader says how:
//   void openRow(uint i, uint m), void openColumn(uint j, uint n): remember a row or column; both exist
//   void openSpan(uint span)
//   float fetchRow(uint i, uint k), float fetchColumn(uint j, uint k): k counts within the span
//   void store(uint m, uint n, float value)

// matmul/wide_layout.glsl, included before, sets ROWS and COLUMNS.

// The outputs from (m0, n0) on; rows and columns beyond M and N repeat the last one and are not stored.
void multiplyWide(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  float sums[ROWS][COLUMNS];
  for (uint i = 0; i < ROWS; i++) {
    for (uint j = 0; j < COLUMNS; j++) sums[i][j] = 0.0;
  }
  uint first = n0 + gl_LocalInvocationIndex;
  for (uint i = 0; i < ROWS; i++) openRow(i, min(m0 + i, M - 1));
  for (uint j = 0; j < COLUMNS; j++) openColumn(j, min(first + 8 * j, N - 1));
  for (uint span = spanBegin; span < spanEnd; span++) {
    openSpan(span);
    for (uint k = 0; k < spanLength; k++) {
      float b[COLUMNS];
      for (uint j = 0; j < COLUMNS; j++) b[j] = fetchColumn(j, k);
      for (uint i = 0; i < ROWS; i++) {
        float a = fetchRow(i, k);
        for (uint j = 0; j < COLUMNS; j++) sums[i][j] = fma(a, b[j], sums[i][j]);
      }
    }
  }
  for (uint i = 0; i < ROWS; i++) {
    for (uint j = 0; j < COLUMNS; j++) {
      if (m0 + i < M && first + 8 * j < N) store(m0 + i, first + 8 * j, sums[i][j]);
    }
  }
}
