// Matrix products on tiles held in registers: TILE_ROWS x (2 * LANES) sums, one broadcast of the left
// factor and two vectors of the right factor a step. The left factor is read in place through strides
// (an image row is a row of the matrix whose columns overlap the next one's), so that a convolution
// needs no patch matrix.

enum { PANEL = 2 * LANES };

/// C += or = the sum over `segments` pieces of `length` steps each.
typedef struct Tile {
  int64_t segments, length;
  const float *a;
  int64_t aRow, aStep, aSegment;
  const float *b;
  int64_t bStep, bSegment;
  float *c;
  int64_t cRow;
  bool accumulate;
  /// What a later tile will read: `aheadStep` elements of it are fetched into the second-level cache each step.
  const float *ahead;
  int64_t aheadStep;
} Tile;

INLINE void tileBody(
    const int rows, const int vectors, const int64_t aRow, const int64_t aStep, const Tile *t, int64_t columns) {
  Vec sum[8][2];
  const bool whole = columns == vectors * LANES;
  const int64_t rest = columns - (vectors - 1) * LANES;
#pragma unroll
  for (int i = 0; i < rows; i++)
#pragma unroll
    for (int j = 0; j < vectors; j++) sum[i][j] = splat(0.0f);
  const float *ahead = t->ahead ? t->ahead : t->b;
  const int64_t aheadStep = t->aheadStep;
  for (int64_t s = 0; s < t->segments; s++) {
    const float *a = t->a + s * t->aSegment, *b = t->b + s * t->bSegment;
    const int64_t bStep = t->bStep;
    for (int64_t k = t->length; k > 0; k--) {
      Vec right[2];
#pragma unroll
      for (int j = 0; j < vectors; j++) right[j] = load(b + j * LANES);
#pragma unroll
      for (int i = 0; i < rows; i++) {
        Vec left = splat(a[i * aRow]);
#pragma unroll
        for (int j = 0; j < vectors; j++) sum[i][j] += left * right[j];
      }
      a += aStep;
      b += bStep;
      __builtin_prefetch(ahead, 0, 2);
      ahead += aheadStep;
    }
  }
#pragma unroll
  for (int i = 0; i < rows; i++) {
    float *c = t->c + i * t->cRow;
#pragma unroll
    for (int j = 0; j < vectors; j++) {
      if (j + 1 < vectors || whole) {
        store(c + j * LANES, t->accumulate ? load(c + j * LANES) + sum[i][j] : sum[i][j]);
      } else {
        Vec old = t->accumulate ? loadPart(c + j * LANES, rest) : splat(0.0f);
        storePart(c + j * LANES, old + sum[i][j], rest);
      }
    }
  }
}

#define TILE_CASE(R)                                                          \
  case R:                                                                     \
    if (columns > LANES) tileBody(R, 2, aRow, aStep, t, columns);             \
    else tileBody(R, 1, aRow, aStep, t, columns);                             \
    break;

/// Rows of the left factor `aRow` apart, its steps neighbours in memory.
static void tileAlongRows(const Tile *t, int64_t rows, int64_t columns) {
  const int64_t aRow = t->aRow, aStep = 1;
  switch (rows) {
    TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#if TILE_ROWS > 4
    TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8)
#endif
  }
}

/// Rows of the left factor neighbours in memory, its steps `aStep` apart.
static void tileAcrossRows(const Tile *t, int64_t rows, int64_t columns) {
  const int64_t aRow = 1, aStep = t->aStep;
  switch (rows) {
    TILE_CASE(1) TILE_CASE(2) TILE_CASE(3) TILE_CASE(4)
#if TILE_ROWS > 4
    TILE_CASE(5) TILE_CASE(6) TILE_CASE(7) TILE_CASE(8)
#endif
  }
}
#undef TILE_CASE

/// Any strides of the left factor: one row at a time.
static void tileRowByRow(const Tile *t, int64_t rows, int64_t columns) {
  Tile one = *t;
  for (int64_t i = 0; i < rows; i++, one.a += t->aRow, one.c += t->cRow) {
    if (columns > LANES) tileBody(1, 2, 0, t->aStep, &one, columns);
    else tileBody(1, 1, 0, t->aStep, &one, columns);
  }
}

/// LANES rows of as many numbers, turned into columns.
static void transposeBlock(const float *from, int64_t fromRow, float *to, int64_t toRow) {
  Vec rows[LANES];
#pragma unroll
  for (int i = 0; i < LANES; i++) rows[i] = load(from + i * fromRow);
  transposeVectors(rows);
#pragma unroll
  for (int i = 0; i < LANES; i++) store(to + i * toRow, rows[i]);
}

static void KERNEL(transpose)(
    int64_t rows, int64_t columns, const float *from, int64_t fromRow, float *to, int64_t toRow) {
  for (int64_t i = 0; i < rows; i += LANES)
    for (int64_t j = 0; j < columns; j += LANES) {
      const int64_t height = rows - i < LANES ? rows - i : LANES, width = columns - j < LANES ? columns - j : LANES;
      if (height == LANES && width == LANES) {
        transposeBlock(from + i * fromRow + j, fromRow, to + j * toRow + i, toRow);
        continue;
      }
      for (int64_t x = j; x < j + width; x++)
        for (int64_t y = i; y < i + height; y++) to[x * toRow + y] = from[y * fromRow + x];
    }
}

static void KERNEL(packPanels)(
    int64_t k, int64_t n, const float *b, int64_t bRow, int64_t bCol, float *panels) {
  for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
    int64_t width = n - j0 < PANEL ? n - j0 : PANEL;
    if (bCol == 1) {
      for (int64_t i = 0; i < k; i++) {
        const float *row = b + i * bRow + j0;
        float *to = panels + i * PANEL;
        int64_t j = 0;
        if (width == PANEL) {
          store(to, load(row));
          store(to + LANES, load(row + LANES));
          continue;
        }
        for (; j < width; j++) to[j] = row[j];
        for (; j < PANEL; j++) to[j] = 0;
      }
    } else {
      for (int64_t i0 = 0; i0 < k; i0 += LANES) {
        const int64_t steps = k - i0 < LANES ? k - i0 : LANES;
        for (int64_t part = 0; part < PANEL; part += LANES) {
          const int64_t count = width - part < LANES ? width - part : LANES;
          const float *from = b + i0 * bRow + (j0 + part) * bCol;
          float *to = panels + i0 * PANEL + part;
          if (bRow == 1 && steps == LANES && count == LANES) {
            transposeBlock(from, bCol, to, PANEL);
            continue;
          }
          for (int64_t j = 0; j < LANES; j++)
            for (int64_t i = 0; i < steps; i++) to[i * PANEL + j] = j < count ? from[i * bRow + j * bCol] : 0;
        }
      }
    }
    panels += k * PANEL;
  }
}

/// Steps of the reduction whose part of a panel stays in the first-level cache.
enum { STEP_BLOCK = 256 };

static void KERNEL(gemm)(
    int64_t m, int64_t n, int64_t k, const float *a, int64_t aRow, int64_t aCol, const float *panels, float *c,
    int64_t cRow, bool accumulate) {
  if (k == 0 && !accumulate)
    for (int64_t i = 0; i < m; i++) __builtin_memset(c + i * cRow, 0, (size_t)n * sizeof(float));
  // The tiles of the first panel fetch the rows of the left factor that follow theirs; those of the others share the work
  // of fetching the next panel.
  const int64_t share = PANEL * TILE_ROWS / (m + TILE_ROWS - 1);
  for (int64_t k0 = 0; k0 < k; k0 += STEP_BLOCK) {
    int64_t steps = k - k0 < STEP_BLOCK ? k - k0 : STEP_BLOCK;
    for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
      int64_t columns = n - j0 < PANEL ? n - j0 : PANEL;
      for (int64_t i0 = 0; i0 < m; i0 += TILE_ROWS) {
        int64_t rows = m - i0 < TILE_ROWS ? m - i0 : TILE_ROWS;
        Tile t = {
            1, steps, a + i0 * aRow + k0 * aCol, aRow, aCol, 0, panels + j0 * k + k0 * PANEL, PANEL, 0,
            c + i0 * cRow + j0, cRow, accumulate || k0 > 0,
            panels + (j0 + PANEL) * k + k0 * PANEL + i0 / TILE_ROWS * steps * share, share};
        if (j0 == 0 && aCol == 1 && n > PANEL) {
          t.ahead = t.a + TILE_ROWS * aRow;
          t.aheadStep = TILE_ROWS;
        }
        if (aCol == 1) tileAlongRows(&t, rows, columns);
        else if (aRow == 1) tileAcrossRows(&t, rows, columns);
        else tileRowByRow(&t, rows, columns);
      }
    }
  }
}

/// Steps after which the sums go to memory: as many rows of a panel, read in place at a power of two apart, still find room
/// in the first-level cache.
enum { OUTER_BLOCK = 64 };

static void KERNEL(gemmOuter)(
    int64_t m, int64_t n, int64_t k, const float *a, int64_t aStep, const float *b, int64_t bStep, float *c, int64_t cRow,
    bool accumulate) {
  if (k == 0 && !accumulate)
    for (int64_t i = 0; i < m; i++) __builtin_memset(c + i * cRow, 0, (size_t)n * sizeof(float));
  for (int64_t k0 = 0; k0 < k; k0 += OUTER_BLOCK) {
    const int64_t steps = k - k0 < OUTER_BLOCK ? k - k0 : OUTER_BLOCK;
    for (int64_t j0 = 0; j0 < n; j0 += PANEL) {
      const int64_t columns = n - j0 < PANEL ? n - j0 : PANEL;
      for (int64_t i0 = 0; i0 < m; i0 += TILE_ROWS) {
        const int64_t rows = m - i0 < TILE_ROWS ? m - i0 : TILE_ROWS;
        // The first tiles fetch the next block of both factors, a cache line a step.
        const int64_t place = j0 / PANEL * ((m + TILE_ROWS - 1) / TILE_ROWS) + i0 / TILE_ROWS, lines = 16 * OUTER_BLOCK;
        const float *nextA = a + (k0 + OUTER_BLOCK) * aStep, *nextB = b + (k0 + OUTER_BLOCK) * bStep;
        const float *ahead = place < m / 16 ? nextA + place * lines
            : place < (m + n) / 16 ? nextB + (place - m / 16) * lines : NULL;
        Tile t = {1, steps, a + k0 * aStep + i0, 1, aStep, 0, b + k0 * bStep + j0, bStep, 0, c + i0 * cRow + j0, cRow,
                  accumulate || k0 > 0, ahead, ahead ? 16 : 0};
        tileAcrossRows(&t, rows, columns);
      }
    }
  }
}
