// 3x3 convolutions with few multiplications: tiles of 4x4 outputs from 6x6 inputs, F(4x4, 3x3) of Lavin and Gray, "Fast
// algorithms for convolutional neural networks", 2016. In one dimension the tile and the taps are taken as
// polynomials and evaluated at 0, a, -a, b, -b and infinity; there, convolution is a product. Two dimensions nest the
// one-dimensional transforms, and each of the 36 points is a matrix product over channels.
//
// With a = 5/8 and b = 11/8 rounding errors are half those of the customary points 1 and 2, and all constants of the
// tile's transform are exact.
//
// The points come in three groups of two rows of six: those at 0 and infinity, at a and -a, at b and -b. The rows of a
// group share their work, need few registers, and a third of the points fits into the cache with more tiles.
// Matrices of points are `plane` apart, which is no power of two: the same channel of all points would else fall into one
// set of the first-level cache.

#define WINOGRAD_A 0.625f
#define WINOGRAD_B 1.375f
#define WINOGRAD_AA (WINOGRAD_A * WINOGRAD_A)
#define WINOGRAD_BB (WINOGRAD_B * WINOGRAD_B)
// What the Lagrange polynomials are divided by at 0, a and b; that goes with the factor that is transformed by powers.
#define WINOGRAD_N0 (1.0f / (WINOGRAD_AA * WINOGRAD_BB))
#define WINOGRAD_NA (1.0f / (2.0f * WINOGRAD_AA * (WINOGRAD_AA - WINOGRAD_BB)))
#define WINOGRAD_NB (1.0f / (2.0f * WINOGRAD_BB * (WINOGRAD_BB - WINOGRAD_AA)))

enum { WINOGRAD_GROUPS = 3, WINOGRAD_GROUP = 12, WINOGRAD_POINTS = WINOGRAD_GROUPS * WINOGRAD_GROUP };

/// Where the row of points at 0, a, -a, b, -b or infinity stands among the rows of all groups.
static const int winogradSlot[6] = {0, 2, 3, 4, 5, 1};

/// Six input values to the two points of a group.
INLINE void winogradTilePair(const int group, const Vec d[6], Vec *first, Vec *second) {
  if (group == 0) {
    *first = fusedMultiplyAdd(splat(-(WINOGRAD_AA + WINOGRAD_BB)), d[2], d[4]) + splat(WINOGRAD_AA * WINOGRAD_BB) * d[0];
    *second = fusedMultiplyAdd(splat(-(WINOGRAD_AA + WINOGRAD_BB)), d[3], d[5]) + splat(WINOGRAD_AA * WINOGRAD_BB) * d[1];
  } else {
    const float point = group == 1 ? WINOGRAD_A : WINOGRAD_B, other = group == 1 ? WINOGRAD_BB : WINOGRAD_AA;
    const Vec even = fusedMultiplyAdd(splat(-other), d[2], d[4]);
    const Vec odd = splat(point) * fusedMultiplyAdd(splat(-other), d[1], d[3]);
    *first = even + odd;
    *second = even - odd;
  }
}

/// `count` (3 or 4) coefficients to the two points of a group, divided by the Lagrange denominators.
INLINE void winogradPowersPair(const int count, const int group, const Vec g[4], Vec *first, Vec *second) {
  if (group == 0) {
    *first = splat(WINOGRAD_N0) * g[0];
    *second = g[count - 1];
  } else {
    const float point = group == 1 ? WINOGRAD_A : WINOGRAD_B, square = point * point;
    const float share = group == 1 ? WINOGRAD_NA : WINOGRAD_NB;
    const Vec sum = fusedMultiplyAdd(splat(square), g[2], g[0]);
    const Vec difference = splat(point) * (count == 4 ? fusedMultiplyAdd(splat(square), g[3], g[1]) : g[1]);
    *first = splat(share) * (sum + difference);
    *second = splat(share) * (sum - difference);
  }
}

/// All six points of a row, in the order of `winogradSlot`'s arguments.
INLINE void winogradTileRow(const Vec d[6], Vec t[6]) {
  winogradTilePair(0, d, t, t + 5);
  winogradTilePair(1, d, t + 1, t + 2);
  winogradTilePair(2, d, t + 3, t + 4);
}
INLINE void winogradPowersRow(const int count, const Vec g[4], Vec t[6]) {
  winogradPowersPair(count, 0, g, t, t + 5);
  winogradPowersPair(count, 1, g, t + 1, t + 2);
  winogradPowersPair(count, 2, g, t + 3, t + 4);
}

/// Six points to `count` (3 or 4) results.
INLINE void winogradResult(const int count, const Vec m[6], Vec y[4]) {
  const Vec evenA = m[1] + m[2], oddA = m[1] - m[2], evenB = m[3] + m[4], oddB = m[3] - m[4];
  y[0] = m[0] + evenA + evenB;
  y[1] = fusedMultiplyAdd(splat(WINOGRAD_B), oddB, splat(WINOGRAD_A) * oddA);
  y[2] = fusedMultiplyAdd(splat(WINOGRAD_BB), evenB, splat(WINOGRAD_AA) * evenA);
  if (count == 3) {
    y[2] += m[5];
  } else {
    y[3] = fusedMultiplyAdd(
        splat(WINOGRAD_BB * WINOGRAD_B), oddB, fusedMultiplyAdd(splat(WINOGRAD_AA * WINOGRAD_A), oddA, m[5]));
  }
}

// In the bodies below `whole` says that channels fill vectors; as a constant it keeps calls for part of a vector out of
// the loops.

typedef struct {
  int64_t image, row, col;
} WinogradPlace;

static WinogradPlace winogradPlace(const WinogradTask *t, int64_t tile) {
  const int64_t across = (t->outCols + 3) / 4, perImage = (t->outRows + 3) / 4 * across;
  const int64_t inside = tile % perImage;
  return (WinogradPlace){tile / perImage, inside / across * 4, inside % across * 4};
}

/// A window of `size` x `size` pixels of a plane, which may reach over the plane's edges.
typedef struct {
  const float *first;  // its first pixel, where it reaches over no edge
  int64_t row, pixel;  // elements to the next row and pixel
  const float *pixels[36];  // each pixel, or zeros, where it does
} WinogradWindow;

/// Whether the window lies inside the plane.
static bool openWindow(
    WinogradWindow *w, const float *plane, int64_t rows, int64_t cols, int64_t channels, int64_t top, int64_t left,
    int64_t size, const float *zeros) {
  w->row = cols * channels;
  w->pixel = channels;
  w->first = plane + (top * cols + left) * channels;
  if (top >= 0 && left >= 0 && top + size <= rows && left + size <= cols) return true;
  for (int64_t r = 0; r < size; r++)
    for (int64_t c = 0; c < size; c++) {
      const int64_t y = top + r, x = left + c;
      const bool isInside = y >= 0 && y < rows && x >= 0 && x < cols;
      w->pixels[r * size + c] = isInside ? plane + (y * cols + x) * channels : zeros;
    }
  return false;
}

/// The place of a channel in a panel layout: panels of PANEL channels, each with all tiles.
INLINE int64_t panelPlace(int64_t channel, int64_t tiles) { return channel / PANEL * (tiles * PANEL) + channel % PANEL; }

/// One tile's two rows of points. `inPanels` says how `to` is laid out: in panels of `tiles`, or a row a tile.
INLINE void winogradInputTile(
    const int group, const bool isInside, const bool whole, const WinogradWindow *w, int64_t channels, const bool inPanels,
    int64_t tiles, float *to, int64_t plane) {
  const float *rows[6];
  for (int y = 0; y < 6; y++) rows[y] = w->first + y * w->row;
  const int64_t pixel = w->pixel;
  for (int64_t c = 0; c < channels; c += LANES) {
    const int64_t n = whole ? LANES : channels - c;
    Vec first[6], second[6], points[6];
    int64_t at = c;
#pragma unroll
    for (int x = 0; x < 6; x++) {
      Vec d[6];
#pragma unroll
      for (int y = 0; y < 6; y++) d[y] = loadSome(isInside ? rows[y] + at : w->pixels[y * 6 + x] + c, n);
      winogradTilePair(group, d, first + x, second + x);
      at += pixel;
      COMPILER_BARRIER;
    }
    float *target = to + (inPanels ? panelPlace(c, tiles) : c);
    winogradTileRow(first, points);
#pragma unroll
    for (int x = 0; x < 6; x++) storeSome(target + x * plane, points[x], n);
    winogradTileRow(second, points);
#pragma unroll
    for (int x = 0; x < 6; x++) storeSome(target + (6 + x) * plane, points[x], n);
  }
}

INLINE void winogradInputBody(
    const int group, const bool inPanels, const WinogradTask *t, const float *in, int64_t tileBegin, int64_t tileEnd,
    float *points, int64_t plane, const float *zeros) {
  const int64_t channels = t->inChannels, tiles = tileEnd - tileBegin;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    WinogradWindow w;
    const bool isInside = openWindow(
        &w, in + place.image * t->inRows * t->inCols * channels, t->inRows, t->inCols, channels, place.row - t->padTop,
        place.col - t->padLeft, 6, zeros);
    float *to = points + (tile - tileBegin) * (inPanels ? PANEL : channels);
    if (channels % LANES != 0)
      isInside ? winogradInputTile(group, true, false, &w, channels, inPanels, tiles, to, plane)
               : winogradInputTile(group, false, false, &w, channels, inPanels, tiles, to, plane);
    else if (isInside) winogradInputTile(group, true, true, &w, channels, inPanels, tiles, to, plane);
    else winogradInputTile(group, false, true, &w, channels, inPanels, tiles, to, plane);
  }
}

static void KERNEL(winogradInput)(
    const WinogradTask *t, int32_t group, bool inPanels, const float *in, int64_t tileBegin, int64_t tileEnd, float *points,
    int64_t plane, const float *zeros) {
  switch (group * 2 + inPanels) {
    case 0: return winogradInputBody(0, false, t, in, tileBegin, tileEnd, points, plane, zeros);
    case 1: return winogradInputBody(0, true, t, in, tileBegin, tileEnd, points, plane, zeros);
    case 2: return winogradInputBody(1, false, t, in, tileBegin, tileEnd, points, plane, zeros);
    case 3: return winogradInputBody(1, true, t, in, tileBegin, tileEnd, points, plane, zeros);
    case 4: return winogradInputBody(2, false, t, in, tileBegin, tileEnd, points, plane, zeros);
    case 5: return winogradInputBody(2, true, t, in, tileBegin, tileEnd, points, plane, zeros);
  }
}

INLINE void winogradOutputBody(
    const bool whole, const WinogradTask *t, const float *points, int64_t plane, int64_t tileBegin, int64_t tileEnd,
    float *out) {
  const int64_t channels = t->outChannels;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    const int64_t rows = t->outRows - place.row, cols = t->outCols - place.col;
    const float *from = points + (tile - tileBegin) * channels;
    float *to = out + ((place.image * t->outRows + place.row) * t->outCols + place.col) * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t n = whole ? LANES : channels - c;
      Vec half[4][6];
#pragma unroll
      for (int x = 0; x < 6; x++) {
        Vec m[6], y[4];
#pragma unroll
        for (int p = 0; p < 6; p++) m[p] = loadSome(from + (winogradSlot[p] * 6 + x) * plane + c, n);
        winogradResult(4, m, y);
#pragma unroll
        for (int r = 0; r < 4; r++) half[r][x] = y[r];
      }
#pragma unroll
      for (int r = 0; r < 4; r++) {
        if (r >= rows) break;
        Vec y[4];
        winogradResult(4, half[r], y);
#pragma unroll
        for (int x = 0; x < 4; x++)
          if (x < cols) storeSome(to + (r * t->outCols + x) * channels + c, y[x], n);
      }
    }
  }
}

static void KERNEL(winogradOutput)(
    const WinogradTask *t, const float *points, int64_t plane, int64_t tileBegin, int64_t tileEnd, float *out) {
  if (t->outChannels % LANES == 0) winogradOutputBody(true, t, points, plane, tileBegin, tileEnd, out);
  else winogradOutputBody(false, t, points, plane, tileBegin, tileEnd, out);
}

/// One tile's two rows of points, in panels.
INLINE void winogradGradientTile(
    const int group, const bool isInside, const bool whole, const WinogradWindow *w, int64_t channelBegin,
    int64_t channelCount, int64_t tiles, float *to, int64_t plane) {
  const float *rows[4];
  for (int y = 0; y < 4; y++) rows[y] = w->first + y * w->row + channelBegin;
  const int64_t pixel = w->pixel;
  for (int64_t c = 0; c < channelCount; c += LANES) {
    const int64_t n = whole ? LANES : channelCount - c;
    Vec first[4], second[4], points[6];
    int64_t at = c;
#pragma unroll
    for (int x = 0; x < 4; x++) {
      Vec d[4];
#pragma unroll
      for (int y = 0; y < 4; y++)
        d[y] = loadSome(isInside ? rows[y] + at : w->pixels[y * 4 + x] + channelBegin + c, n);
      winogradPowersPair(4, group, d, first + x, second + x);
      at += pixel;
      COMPILER_BARRIER;
    }
    float *target = to + panelPlace(c, tiles);
    winogradPowersRow(4, first, points);
#pragma unroll
    for (int x = 0; x < 6; x++) storeSome(target + x * plane, points[x], n);
    winogradPowersRow(4, second, points);
#pragma unroll
    for (int x = 0; x < 6; x++) storeSome(target + (6 + x) * plane, points[x], n);
  }
}

INLINE void winogradGradientBody(
    const int group, const WinogradTask *t, const float *gradient, int64_t tileBegin, int64_t tileEnd, int64_t channelBegin,
    int64_t channelCount, float *points, int64_t plane, const float *zeros) {
  const int64_t channels = t->outChannels, tiles = tileEnd - tileBegin;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    WinogradWindow w;
    const bool isInside = openWindow(
        &w, gradient + place.image * t->outRows * t->outCols * channels, t->outRows, t->outCols, channels, place.row,
        place.col, 4, zeros);
    float *to = points + (tile - tileBegin) * PANEL;
    if (channelCount % LANES != 0)
      isInside ? winogradGradientTile(group, true, false, &w, channelBegin, channelCount, tiles, to, plane)
               : winogradGradientTile(group, false, false, &w, channelBegin, channelCount, tiles, to, plane);
    else if (isInside) winogradGradientTile(group, true, true, &w, channelBegin, channelCount, tiles, to, plane);
    else winogradGradientTile(group, false, true, &w, channelBegin, channelCount, tiles, to, plane);
  }
}

static void KERNEL(winogradGradient)(
    const WinogradTask *t, int32_t group, const float *gradient, int64_t tileBegin, int64_t tileEnd, int64_t channelBegin,
    int64_t channelCount, float *points, int64_t plane, const float *zeros) {
  switch (group) {
    case 0:
      return winogradGradientBody(0, t, gradient, tileBegin, tileEnd, channelBegin, channelCount, points, plane, zeros);
    case 1:
      return winogradGradientBody(1, t, gradient, tileBegin, tileEnd, channelBegin, channelCount, points, plane, zeros);
    case 2:
      return winogradGradientBody(2, t, gradient, tileBegin, tileEnd, channelBegin, channelCount, points, plane, zeros);
  }
}

static void KERNEL(winogradWeights)(
    const WinogradTask *t, const float *w, int64_t tapStride, int64_t rowStride, bool turned, int64_t rowBegin,
    int64_t rowEnd, float *panels, int64_t plane) {
  const int64_t channels = t->outChannels, panelSize = t->inChannels * PANEL;
  for (int64_t k = rowBegin; k < rowEnd; k++) {
    for (int64_t j = 0; j < channels; j += LANES) {
      const int64_t n = channels - j;
      const float *from = w + k * rowStride + j;
      Vec half[6][4];
#pragma unroll
      for (int x = 0; x < 3; x++) {
        Vec g[4], e[6];
#pragma unroll
        for (int y = 0; y < 3; y++) {
          const int tap = turned ? 8 - (y * 3 + x) : y * 3 + x;
          g[y] = loadSome(from + tap * tapStride, n);
        }
        winogradPowersRow(3, g, e);
#pragma unroll
        for (int y = 0; y < 6; y++) half[y][x] = e[y];
      }
      float *to = panels + j / PANEL * panelSize + k * PANEL + j % PANEL;
#pragma unroll
      for (int y = 0; y < 6; y++) {
        Vec e[6];
        winogradPowersRow(3, half[y], e);
#pragma unroll
        for (int x = 0; x < 6; x++) store(to + (winogradSlot[y] * 6 + x) * plane, e[x]);
      }
    }
  }
}

static void KERNEL(winogradProduct)(
    int64_t tiles, int64_t inChannels, int64_t outChannels, const float *x, int64_t xPlane, const float *dy,
    int64_t dyPlane, float *sums, int64_t sumPlane) {
  for (int p = 0; p < WINOGRAD_GROUP; p++, x += xPlane, dy += dyPlane, sums += sumPlane) {
    for (int64_t j0 = 0; j0 < inChannels; j0 += PANEL) {
      const int64_t columns = inChannels - j0 < PANEL ? inChannels - j0 : PANEL;
      for (int64_t i0 = 0, rows; i0 < outChannels; i0 += rows) {
        // A tile ends where its panel does.
        rows = PANEL - i0 % PANEL < TILE_ROWS ? PANEL - i0 % PANEL : TILE_ROWS;
        if (outChannels - i0 < rows) rows = outChannels - i0;
        Tile tile = {1, tiles, dy + panelPlace(i0, tiles), 1, PANEL, 0, x + j0 * tiles, PANEL, 0,
                     sums + i0 * inChannels + j0, inChannels, true, NULL, 0};
        tileAcrossRows(&tile, rows, columns);
      }
    }
  }
}

static void KERNEL(winogradTaps)(
    int64_t inChannels, int64_t rowBegin, int64_t rowEnd, int64_t parts, const float *sums, int64_t plane, int64_t part,
    float *gradient) {
  for (int64_t o = rowBegin; o < rowEnd; o++) {
    for (int64_t c = 0; c < inChannels; c += LANES) {
      const int64_t n = inChannels - c;
      const float *from = sums + o * inChannels + c;
      Vec half[3][6];
#pragma unroll
      for (int x = 0; x < 6; x++) {
        Vec m[6], y[4];
#pragma unroll
        for (int p = 0; p < 6; p++) {
          const float *point = from + (winogradSlot[p] * 6 + x) * plane;
          m[p] = loadSome(point, n);
          for (int64_t q = 1; q < parts; q++) m[p] += loadSome(point + q * part, n);
        }
        winogradResult(3, m, y);
#pragma unroll
        for (int r = 0; r < 3; r++) half[r][x] = y[r];
      }
#pragma unroll
      for (int r = 0; r < 3; r++) {
        Vec y[4];
        winogradResult(3, half[r], y);
#pragma unroll
        for (int s = 0; s < 3; s++) storeSome(gradient + ((o * 9 + r * 3 + s) * inChannels) + c, y[s], n);
      }
    }
  }
}
