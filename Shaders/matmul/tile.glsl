// A product by a workgroup of 128 invocations that share memory: BANDS times 64 x 64 outputs, of each band 4 x 8 an invocation, 16
// steps of k at a time.

#include "walk.glsl"

const uint TILE_ROWS = 64 * BANDS;
const uint TILE_COLUMNS = 64;
const uint DEPTH = 16;
// [k][four outputs]; one vector more a row spreads what is stored across rows over the banks.
shared vec4 tileA[DEPTH][TILE_ROWS / 4 + 1];
shared vec4 tileB[DEPTH][TILE_COLUMNS / 4 + 1];

// Of a row of tileA, and how many steps of k the invocations cover with one load each.
const uint FOURS = TILE_ROWS / 4;
const uint STEPS = 128 / FOURS;
// What an invocation reads for DEPTH steps.
vec4 nextA[2 * BANDS];
vec4 nextB[2];

void load(uint k) {
  uint t = gl_LocalInvocationIndex;
#ifdef A_ALONG_M
  [[unroll]] for (uint i = 0; i < 2 * BANDS; i++) nextA[i] = fetchRow(0, k + t / FOURS + STEPS * i);
#else
  [[unroll]] for (uint i = 0; i < 2 * BANDS; i++) nextA[i] = fetchRow(i, k + t % 4 * 4);
#endif
#ifdef B_ALONG_N
  [[unroll]] for (uint j = 0; j < 2; j++) nextB[j] = fetchColumn(0, k + t / 16 + 8 * j);
#else
  [[unroll]] for (uint j = 0; j < 2; j++) nextB[j] = fetchColumn(j, k + t % 4 * 4);
#endif
}

void share() {
  uint t = gl_LocalInvocationIndex;
#ifdef A_ALONG_M
  [[unroll]] for (uint i = 0; i < 2 * BANDS; i++) tileA[t / FOURS + STEPS * i][t % FOURS] = nextA[i];
#else
  [[unroll]] for (uint i = 0; i < 2 * BANDS; i++) {
    uint m = 32 * i + t / 4;
    [[unroll]] for (uint s = 0; s < 4; s++) tileA[t % 4 * 4 + s][m / 4][m % 4] = nextA[i][s];
  }
#endif
#ifdef B_ALONG_N
  [[unroll]] for (uint j = 0; j < 2; j++) tileB[t / 16 + 8 * j][t % 16] = nextB[j];
#else
  [[unroll]] for (uint j = 0; j < 2; j++) {
    uint n = 32 * j + t / 4;
    [[unroll]] for (uint s = 0; s < 4; s++) tileB[t % 4 * 4 + s][n / 4][n % 4] = nextB[j][s];
  }
#endif
}

void put(uint m, uint n, vec4 value, uint M, uint N) {
  if (m >= M) return;
#ifdef ODD
  [[unroll]] for (uint s = 0; s < 4; s++) {
    if (n + s < N) {
      uint at = place(m, n + s);
      if (at != NOWHERE) result[at] = value[s];
    }
  }
#else
  if (n < N) result[place(m, n) / 4] = value;
#endif
}

// The outputs from (m0, n0) on; loads beyond M and N repeat the last one, and nothing is stored there.
void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength) {
  uint t = gl_LocalInvocationIndex;
#ifdef A_ALONG_M
  openRow(0, min(m0 + t % FOURS * 4, (M - 1) / 4 * 4));
#else
  [[unroll]] for (uint i = 0; i < 2 * BANDS; i++) openRow(i, min(m0 + 32 * i + t / 4, M - 1));
#endif
#ifdef B_ALONG_N
  openColumn(0, min(n0 + t % 16 * 4, (N - 1) / 4 * 4));
#else
  [[unroll]] for (uint j = 0; j < 2; j++) openColumn(j, min(n0 + 32 * j + t / 4, N - 1));
#endif
  // Of each band rows 4 mt, columns 4 nt and 32 + 4 nt, four of each.
  uint mt = t / 8;
  uint nt = t % 8;
  vec4 sums[4 * BANDS][2];
  [[unroll]] for (uint i = 0; i < 4 * BANDS; i++) {
    sums[i][0] = vec4(0.0);
    sums[i][1] = vec4(0.0);
  }
  beginWalk
  for (uint step_ = 0; step_ < count; step_++) {
    shareAndLoadNext
    for (uint eight = 0; eight < DEPTH; eight += 8) {
      // Compilers read ahead of the sums only where the steps are written out.
      [[unroll]] for (uint e = 0; e < 8; e++) {
        uint d = eight + e;
        vec4 b0 = tileB[d][nt];
        vec4 b1 = tileB[d][8 + nt];
        [[unroll]] for (uint band = 0; band < BANDS; band++) {
          vec4 rows_ = tileA[d][16 * band + mt];
          [[unroll]] for (uint s = 0; s < 4; s++) {
            uint i = 4 * band + s;
            sums[i][0] = fma(vec4(rows_[s]), b0, sums[i][0]);
            sums[i][1] = fma(vec4(rows_[s]), b1, sums[i][1]);
          }
        }
      }
    }
    barrier();
  }
  [[unroll]] for (uint band = 0; band < BANDS; band++) {
    [[unroll]] for (uint s = 0; s < 4; s++) {
      uint m = m0 + 64 * band + 4 * mt + s;
      put(m, n0 + 4 * nt, sums[4 * band + s][0], M, N);
      put(m, n0 + 32 + 4 * nt, sums[4 * band + s][1], M, N);
    }
  }
}
