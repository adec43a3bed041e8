// A product C[m, n] = sum_k A[m, k] B[k, n] for software devices, which run a subgroup as the lanes of a vector and pay
// dearly for barriers, shared memory and, most of all, loads: they load lane by lane, whatever the addresses. So a workgroup
// is one subgroup, every lane loads other elements, four at once, and hands those of A to the others.
//
// A load is a vec4: four steps of k of one row of A, or, with A_ALONG_M, four rows at one k; the same of columns of B, with
// B_ALONG_N.

const uint WIDTH = gl_WorkGroupSize.x;
#ifdef A_ALONG_M
const uint ROW_STEP = 4;
#else
const uint ROW_STEP = 1;
#endif
#ifdef B_ALONG_N
const uint COLUMN_STEP = 4;
#else
const uint COLUMN_STEP = 1;
#endif
const uint TILE_ROWS = ROWS * WIDTH * ROW_STEP;
const uint TILE_COLUMNS = COLUMNS * WIDTH * COLUMN_STEP;

#define multiplyAdd(row, a, b) sums[row][j] = fma(a, b, sums[row][j]);

// Every lane's four rows of load i at one k, the component `which` of the columns' four.
#define multiplyRows(i, k, which) { \
  vec4 own = fetchRow(i, k); \
  for (uint from = 0; from < WIDTH; from++) { \
    vec4 a = subgroupShuffle(own, from); \
    for (uint j = 0; j < COLUMNS * COLUMN_STEP; j++) { \
      multiplyAdd((i * WIDTH + from) * 4, a.x, b[j].which) \
      multiplyAdd((i * WIDTH + from) * 4 + 1, a.y, b[j].which) \
      multiplyAdd((i * WIDTH + from) * 4 + 2, a.z, b[j].which) \
      multiplyAdd((i * WIDTH + from) * 4 + 3, a.w, b[j].which) \
    } \
  } \
}

// The outputs from (m0, n0) on; loads beyond M and N repeat the last one, and nothing is stored there.
void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  float sums[TILE_ROWS][COLUMNS * COLUMN_STEP];
  for (uint i = 0; i < TILE_ROWS; i++) {
    for (uint j = 0; j < COLUMNS * COLUMN_STEP; j++) sums[i][j] = 0.0;
  }
  uint lane = gl_LocalInvocationIndex;
  for (uint i = 0; i < ROWS; i++) {
    openRow(i, min(m0 + (i * WIDTH + lane) * ROW_STEP, (M - 1) / ROW_STEP * ROW_STEP));
  }
  for (uint j = 0; j < COLUMNS; j++) {
    openColumn(j, min(n0 + (j * WIDTH + lane) * COLUMN_STEP, (N - 1) / COLUMN_STEP * COLUMN_STEP));
  }
  for (uint span = spanBegin; span < spanEnd; span++) {
    openSpan(span);
    for (uint k = 0; k < spanLength; k += 4) {
      // The four k of each column.
      vec4 b[COLUMNS * COLUMN_STEP];
      for (uint j = 0; j < COLUMNS; j++) {
#ifdef B_ALONG_N
        vec4 k0 = fetchColumn(j, k);
        vec4 k1 = fetchColumn(j, k + 1);
        vec4 k2 = fetchColumn(j, k + 2);
        vec4 k3 = fetchColumn(j, k + 3);
        b[4 * j] = vec4(k0.x, k1.x, k2.x, k3.x);
        b[4 * j + 1] = vec4(k0.y, k1.y, k2.y, k3.y);
        b[4 * j + 2] = vec4(k0.z, k1.z, k2.z, k3.z);
        b[4 * j + 3] = vec4(k0.w, k1.w, k2.w, k3.w);
#else
        b[j] = fetchColumn(j, k);
#endif
      }
      for (uint i = 0; i < ROWS; i++) {
#ifdef A_ALONG_M
        multiplyRows(i, k, x)
        multiplyRows(i, k + 1, y)
        multiplyRows(i, k + 2, z)
        multiplyRows(i, k + 3, w)
#else
        vec4 own = fetchRow(i, k);
        for (uint from = 0; from < WIDTH; from++) {
          vec4 a = subgroupShuffle(own, from);
          for (uint j = 0; j < COLUMNS * COLUMN_STEP; j++) {
            multiplyAdd(i * WIDTH + from, a.x, b[j].x)
            multiplyAdd(i * WIDTH + from, a.y, b[j].y)
            multiplyAdd(i * WIDTH + from, a.z, b[j].z)
            multiplyAdd(i * WIDTH + from, a.w, b[j].w)
          }
        }
#endif
      }
    }
  }
  for (uint i = 0; i < TILE_ROWS; i++) {
    for (uint j = 0; j < COLUMNS * COLUMN_STEP; j++) {
      uint n = n0 + (j / COLUMN_STEP * WIDTH + lane) * COLUMN_STEP + j % COLUMN_STEP;
      uint at = m0 + i < M && n < N ? place(m0 + i, n) : NOWHERE;
      if (at != NOWHERE) result[at] = sums[i][j];
    }
  }
}
