// How a product by cooperative matrices gets its operands into shared memory, DEPTH steps of k at a time: as they lie in memory, which
// loads of matrices can read along either axis. Behind TILE_ROWS and TILE_COLUMNS.
#include "walk.glsl"

// In fours of elements. Two more a line spread lines over the banks, and keep them at multiples of 16 bytes.
#ifdef A_ALONG_M
const uint LINE_A = TILE_ROWS / 4 + 2;
const uint LINES_A = DEPTH;
#else
const uint LINE_A = DEPTH / 4 + 2;
const uint LINES_A = TILE_ROWS;
#endif
#ifdef B_ALONG_N
const uint LINE_B = TILE_COLUMNS / 4 + 2;
const uint LINES_B = DEPTH;
#else
const uint LINE_B = DEPTH / 4 + 2;
const uint LINES_B = TILE_COLUMNS;
#endif
shared uvec2 tileA[LINES_A * LINE_A];
shared uvec2 tileB[LINES_B * LINE_B];

uvec2 nextA[LOADS_A];
uvec2 nextB[LOADS_B];

// Load i of an invocation: line and four of a tile.
uint number(uint i) { return i * THREADS + gl_LocalInvocationIndex; }

void load(uint k) {
#ifdef A_ALONG_M
  [[unroll]] for (uint i = 0; i < LOADS_A; i++) nextA[i] = fetchRow(i, k + number(i) / (TILE_ROWS / 4));
#else
  [[unroll]] for (uint i = 0; i < LOADS_A; i++) nextA[i] = fetchRow(i, k + number(i) % (DEPTH / 4) * 4);
#endif
#ifdef B_ALONG_N
  [[unroll]] for (uint j = 0; j < LOADS_B; j++) nextB[j] = fetchColumn(j, k + number(j) / (TILE_COLUMNS / 4));
#else
  [[unroll]] for (uint j = 0; j < LOADS_B; j++) nextB[j] = fetchColumn(j, k + number(j) % (DEPTH / 4) * 4);
#endif
}

void share() {
#ifdef A_ALONG_M
  const uint fours = TILE_ROWS / 4;
#else
  const uint fours = DEPTH / 4;
#endif
  [[unroll]] for (uint i = 0; i < LOADS_A; i++) tileA[number(i) / fours * LINE_A + number(i) % fours] = nextA[i];
#ifdef B_ALONG_N
  const uint fours_ = TILE_COLUMNS / 4;
#else
  const uint fours_ = DEPTH / 4;
#endif
  [[unroll]] for (uint j = 0; j < LOADS_B; j++) tileB[number(j) / fours_ * LINE_B + number(j) % fours_] = nextB[j];
}

void open(uint m0, uint n0, uint M, uint N) {
  [[unroll]] for (uint i = 0; i < LOADS_A; i++) {
#ifdef A_ALONG_M
    openRow(i, min(m0 + number(i) % (TILE_ROWS / 4) * 4, (M - 1) / 4 * 4));
#else
    openRow(i, min(m0 + number(i) / (DEPTH / 4), M - 1));
#endif
  }
  [[unroll]] for (uint j = 0; j < LOADS_B; j++) {
#ifdef B_ALONG_N
    openColumn(j, min(n0 + number(j) % (TILE_COLUMNS / 4) * 4, (N - 1) / 4 * 4));
#else
    openColumn(j, min(n0 + number(j) / (DEPTH / 4), N - 1));
#endif
  }
}
