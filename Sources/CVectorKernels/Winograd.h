// 3x3 convolutions with few multiplications: tiles of 4x4 outputs from 6x6 inputs, F(4x4, 3x3) of Lavin and Gray, "Fast
// algorithms for convolutional neural networks", 2016. In one dimension the tile and the taps are taken as
// polynomials and evaluated at 0, a, -a, b, -b and infinity; there, convolution is a product. Two dimensions nest the
// one-dimensional transforms, and each of the 36 points is a matrix product over channels.
//
// With a = 5/8 and b = 11/8 rounding errors are half those of the customary points 1 and 2, and all constants of the
// tile's transform are exact.

#define WINOGRAD_A 0.625f
#define WINOGRAD_B 1.375f
#define WINOGRAD_AA (WINOGRAD_A * WINOGRAD_A)
#define WINOGRAD_BB (WINOGRAD_B * WINOGRAD_B)
// What the Lagrange polynomials are divided by at 0, a and b; that goes with the factor that is transformed by powers.
#define WINOGRAD_N0 (1.0f / (WINOGRAD_AA * WINOGRAD_BB))
#define WINOGRAD_NA (1.0f / (2.0f * WINOGRAD_AA * (WINOGRAD_AA - WINOGRAD_BB)))
#define WINOGRAD_NB (1.0f / (2.0f * WINOGRAD_BB * (WINOGRAD_BB - WINOGRAD_AA)))

/// Six input values to the six points.
INLINE void winogradTile(const Vec d[6], Vec t[6]) {
  t[0] = fusedMultiplyAdd(splat(-(WINOGRAD_AA + WINOGRAD_BB)), d[2], d[4]) + splat(WINOGRAD_AA * WINOGRAD_BB) * d[0];
  Vec even = fusedMultiplyAdd(splat(-WINOGRAD_BB), d[2], d[4]);
  Vec odd = splat(WINOGRAD_A) * fusedMultiplyAdd(splat(-WINOGRAD_BB), d[1], d[3]);
  t[1] = even + odd;
  t[2] = even - odd;
  even = fusedMultiplyAdd(splat(-WINOGRAD_AA), d[2], d[4]);
  odd = splat(WINOGRAD_B) * fusedMultiplyAdd(splat(-WINOGRAD_AA), d[1], d[3]);
  t[3] = even + odd;
  t[4] = even - odd;
  t[5] = fusedMultiplyAdd(splat(-(WINOGRAD_AA + WINOGRAD_BB)), d[3], d[5]) + splat(WINOGRAD_AA * WINOGRAD_BB) * d[1];
}

/// `count` (3 or 4) coefficients to the six points, divided by the Lagrange denominators.
INLINE void winogradPowers(const int count, const Vec g[4], Vec t[6]) {
  const Vec even = g[2], third = count == 4 ? g[3] : splat(0.0f);
  t[0] = splat(WINOGRAD_N0) * g[0];
  Vec sum = fusedMultiplyAdd(splat(WINOGRAD_AA), even, g[0]);
  Vec difference = splat(WINOGRAD_A) * fusedMultiplyAdd(splat(WINOGRAD_AA), third, g[1]);
  t[1] = splat(WINOGRAD_NA) * (sum + difference);
  t[2] = splat(WINOGRAD_NA) * (sum - difference);
  sum = fusedMultiplyAdd(splat(WINOGRAD_BB), even, g[0]);
  difference = splat(WINOGRAD_B) * fusedMultiplyAdd(splat(WINOGRAD_BB), third, g[1]);
  t[3] = splat(WINOGRAD_NB) * (sum + difference);
  t[4] = splat(WINOGRAD_NB) * (sum - difference);
  t[5] = count == 4 ? third : even;
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

/// A window of a plane that may reach over its edges: the plane itself where it does not, else a copy with zeros.
static const float *winogradWindow(
    const float *plane, int64_t rows, int64_t cols, int64_t channels, int64_t top, int64_t left, int64_t size,
    int64_t *row, float *copy) {
  if (top >= 0 && left >= 0 && top + size <= rows && left + size <= cols) {
    *row = cols * channels;
    return plane + (top * cols + left) * channels;
  }
  *row = size * channels;
  for (int64_t r = 0; r < size; r++) {
    for (int64_t c = 0; c < size; c++) {
      float *to = copy + (r * size + c) * channels;
      const int64_t y = top + r, x = left + c;
      if (y >= 0 && y < rows && x >= 0 && x < cols)
        __builtin_memcpy(to, plane + (y * cols + x) * channels, (size_t)channels * sizeof(float));
      else
        __builtin_memset(to, 0, (size_t)channels * sizeof(float));
    }
  }
  return copy;
}

INLINE void winogradInputBody(
    const bool whole, const WinogradTask *t, const float *in, int64_t tileBegin, int64_t tileEnd, float *points, float *scratch) {
  const int64_t channels = t->inChannels, plane = (tileEnd - tileBegin) * channels;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    int64_t row;
    const float *window = winogradWindow(
        in + place.image * t->inRows * t->inCols * channels, t->inRows, t->inCols, channels,
        place.row - t->padTop, place.col - t->padLeft, 6, &row, scratch);
    float *to = points + (tile - tileBegin) * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t n = whole ? LANES : channels - c;
      Vec half[6][6];
      for (int x = 0; x < 6; x++) {
        Vec d[6], e[6];
        for (int y = 0; y < 6; y++) d[y] = loadSome(window + y * row + x * channels + c, n);
        winogradTile(d, e);
        for (int y = 0; y < 6; y++) half[y][x] = e[y];
      }
      for (int y = 0; y < 6; y++) {
        Vec e[6];
        winogradTile(half[y], e);
        for (int x = 0; x < 6; x++) storeSome(to + (y * 6 + x) * plane + c, e[x], n);
      }
    }
  }
}

static void KERNEL(winogradInput)(
    const WinogradTask *t, const float *in, int64_t tileBegin, int64_t tileEnd, float *points, float *scratch) {
  if (t->inChannels % LANES == 0) winogradInputBody(true, t, in, tileBegin, tileEnd, points, scratch);
  else winogradInputBody(false, t, in, tileBegin, tileEnd, points, scratch);
}

INLINE void winogradOutputBody(
    const bool whole, const WinogradTask *t, const float *points, int64_t tileBegin, int64_t tileEnd, float *out) {
  const int64_t channels = t->outChannels, plane = (tileEnd - tileBegin) * channels;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    const int64_t rows = t->outRows - place.row, cols = t->outCols - place.col;
    const float *from = points + (tile - tileBegin) * channels;
    float *to = out + ((place.image * t->outRows + place.row) * t->outCols + place.col) * channels;
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t n = whole ? LANES : channels - c;
      Vec half[4][6];
      for (int x = 0; x < 6; x++) {
        Vec m[6], y[4];
        for (int p = 0; p < 6; p++) m[p] = loadSome(from + (p * 6 + x) * plane + c, n);
        winogradResult(4, m, y);
        for (int r = 0; r < 4; r++) half[r][x] = y[r];
      }
      for (int r = 0; r < 4 && r < rows; r++) {
        Vec y[4];
        winogradResult(4, half[r], y);
        for (int x = 0; x < 4 && x < cols; x++) storeSome(to + (r * t->outCols + x) * channels + c, y[x], n);
      }
    }
  }
}

static void KERNEL(winogradOutput)(
    const WinogradTask *t, const float *points, int64_t tileBegin, int64_t tileEnd, float *out) {
  if (t->outChannels % LANES == 0) winogradOutputBody(true, t, points, tileBegin, tileEnd, out);
  else winogradOutputBody(false, t, points, tileBegin, tileEnd, out);
}

INLINE void winogradGradientBody(
    const bool whole, const WinogradTask *t, const float *gradient, int64_t tileBegin, int64_t tileEnd, int64_t channelBegin,
    int64_t channelCount, float *points, float *scratch) {
  const int64_t channels = t->outChannels, plane = (tileEnd - tileBegin) * channelCount;
  for (int64_t tile = tileBegin; tile < tileEnd; tile++) {
    const WinogradPlace place = winogradPlace(t, tile);
    int64_t row;
    const float *window = winogradWindow(
        gradient + place.image * t->outRows * t->outCols * channels, t->outRows, t->outCols, channels, place.row,
        place.col, 4, &row, scratch);
    float *to = points + (tile - tileBegin) * channelCount;
    for (int64_t c = 0; c < channelCount; c += LANES) {
      const int64_t n = whole ? LANES : channelCount - c;
      Vec half[6][4];
      for (int x = 0; x < 4; x++) {
        Vec d[4], e[6];
        for (int y = 0; y < 4; y++) d[y] = loadSome(window + y * row + x * channels + channelBegin + c, n);
        winogradPowers(4, d, e);
        for (int y = 0; y < 6; y++) half[y][x] = e[y];
      }
      for (int y = 0; y < 6; y++) {
        Vec e[6];
        winogradPowers(4, half[y], e);
        for (int x = 0; x < 6; x++) storeSome(to + (y * 6 + x) * plane + c, e[x], n);
      }
    }
  }
}

static void KERNEL(winogradGradient)(
    const WinogradTask *t, const float *gradient, int64_t tileBegin, int64_t tileEnd, int64_t channelBegin,
    int64_t channelCount, float *points, float *scratch) {
  if (channelCount % LANES == 0) winogradGradientBody(true, t, gradient, tileBegin, tileEnd, channelBegin, channelCount, points, scratch);
  else winogradGradientBody(false, t, gradient, tileBegin, tileEnd, channelBegin, channelCount, points, scratch);
}

static void KERNEL(winogradWeights)(
    const WinogradTask *t, const float *w, int64_t tapStride, int64_t rowStride, bool turned, int64_t rowBegin,
    int64_t rowEnd, float *panels) {
  const int64_t channels = t->outChannels, panelSize = t->inChannels * PANEL;
  const int64_t planeSize = (channels + PANEL - 1) / PANEL * panelSize;
  for (int64_t k = rowBegin; k < rowEnd; k++) {
    for (int64_t j = 0; j < channels; j += LANES) {
      const int64_t n = channels - j;
      const float *from = w + k * rowStride + j;
      Vec half[6][4];
      for (int x = 0; x < 3; x++) {
        Vec g[4], e[6];
        for (int y = 0; y < 3; y++) {
          const int tap = turned ? 8 - (y * 3 + x) : y * 3 + x;
          g[y] = loadSome(from + tap * tapStride, n);
        }
        g[3] = splat(0.0f);
        winogradPowers(3, g, e);
        for (int y = 0; y < 6; y++) half[y][x] = e[y];
      }
      float *to = panels + j / PANEL * panelSize + k * PANEL + j % PANEL;
      for (int y = 0; y < 6; y++) {
        Vec e[6];
        half[y][3] = splat(0.0f);
        winogradPowers(3, half[y], e);
        for (int x = 0; x < 6; x++) store(to + (y * 6 + x) * planeSize, e[x]);
      }
    }
  }
}

static void KERNEL(winogradProduct)(
    int64_t tiles, int64_t inChannels, int64_t outChannels, const float *x, const float *dy, float *sums) {
  for (int p = 0; p < 36; p++, x += tiles * inChannels, dy += tiles * outChannels, sums += inChannels * outChannels) {
    for (int64_t j0 = 0; j0 < inChannels; j0 += PANEL) {
      const int64_t columns = inChannels - j0 < PANEL ? inChannels - j0 : PANEL;
      for (int64_t i0 = 0; i0 < outChannels; i0 += TILE_ROWS) {
        const int64_t rows = outChannels - i0 < TILE_ROWS ? outChannels - i0 : TILE_ROWS;
        Tile tile = {1, tiles, dy + i0, 1, outChannels, 0, x + j0, inChannels, 0, sums + i0 * inChannels + j0,
                     inChannels, true};
        tileAcrossRows(&tile, rows, columns);
      }
    }
  }
}

static void KERNEL(winogradTaps)(int64_t inChannels, int64_t outChannels, const float *sums, float *gradient) {
  const int64_t plane = inChannels * outChannels;
  for (int64_t o = 0; o < outChannels; o++) {
    for (int64_t c = 0; c < inChannels; c += LANES) {
      const int64_t n = inChannels - c;
      const float *from = sums + o * inChannels + c;
      Vec half[3][6];
      for (int x = 0; x < 6; x++) {
        Vec m[6], y[4];
        for (int p = 0; p < 6; p++) m[p] = loadSome(from + (p * 6 + x) * plane, n);
        winogradResult(3, m, y);
        for (int r = 0; r < 3; r++) half[r][x] = y[r];
      }
      for (int r = 0; r < 3; r++) {
        Vec y[4];
        winogradResult(3, half[r], y);
        for (int s = 0; s < 3; s++) storeSome(gradient + ((o * 9 + r * 3 + s) * inChannels) + c, y[s], n);
      }
    }
  }
}
