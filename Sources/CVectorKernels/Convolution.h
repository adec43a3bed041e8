// Convolution by tiles: a block of input rows is copied with its border of zeros, and then every output
// tile is a matrix product of pixels x (tap row, tap column x channel) whose left factor is that copy.

/// Copies the input rows that output rows rowBegin ..< rowEnd read, zeros around; returns its row length.
static int64_t copyPadded(const ConvTask *t, const float *in, int64_t rowBegin, int64_t rowEnd, float *to) {
  const int64_t columns = (t->outCols - 1) * t->colStride + t->tapCols;
  const int64_t first = rowBegin * t->rowStride - t->padTop;
  const int64_t rows = (rowEnd - rowBegin - 1) * t->rowStride + t->tapRows;
  const int64_t channels = t->inChannels, row = columns * channels;
  // Input columns from ..< upTo land in the copy; to its left and right there are zeros.
  int64_t left = t->padLeft > 0 ? t->padLeft : 0;
  if (left > columns) left = columns;
  const int64_t from = t->padLeft < 0 ? -t->padLeft : 0;
  int64_t count = t->inCols - from;
  if (count > columns - left) count = columns - left;
  if (count < 0) count = 0;
  for (int64_t r = 0; r < rows; r++, to += row) {
    int64_t y = first + r;
    if (y < 0 || y >= t->inRows) {
      __builtin_memset(to, 0, (size_t)row * sizeof(float));
      continue;
    }
    __builtin_memset(to, 0, (size_t)(left * channels) * sizeof(float));
    const float *source = in + (y * t->inCols + from) * t->inPixel;
    float *middle = to + left * channels;
    if (t->inPixel == channels)
      __builtin_memcpy(middle, source, (size_t)(count * channels) * sizeof(float));
    else
      for (int64_t c = 0; c < count; c++)
        __builtin_memcpy(middle + c * channels, source + c * t->inPixel, (size_t)channels * sizeof(float));
    __builtin_memset(middle + count * channels, 0, (size_t)(row - (left + count) * channels) * sizeof(float));
  }
  // Vector loads of the weight gradient may run past the last pixel.
  __builtin_memset(to, 0, PANEL * sizeof(float));
  return row;
}

static void KERNEL(conv)(
    const ConvTask *t, const float *in, const float *panels, const float *bias, float *out, int64_t rowBegin,
    int64_t rowEnd, float *scratch) {
  const int64_t row = copyPadded(t, in, rowBegin, rowEnd, scratch);
  const int64_t segment = t->tapCols * t->inChannels;
  const int64_t steps = t->tapRows * segment;
  // A panel that outgrows the cache is walked one tap row at a time.
  const int64_t pieces = steps * PANEL > 24 * 1024 ? t->tapRows : 1;
  for (int64_t j0 = 0; j0 < t->outChannels; j0 += PANEL) {
    const int64_t columns = t->outChannels - j0 < PANEL ? t->outChannels - j0 : PANEL;
    for (int64_t piece = 0; piece < pieces; piece++) {
      for (int64_t r = rowBegin; r < rowEnd; r++) {
        for (int64_t c0 = 0; c0 < t->outCols; c0 += TILE_ROWS) {
          const int64_t pixels = t->outCols - c0 < TILE_ROWS ? t->outCols - c0 : TILE_ROWS;
          float *target = out + r * t->outRow + c0 * t->outPixel + j0;
          Tile tile = {
              t->tapRows / pieces, segment,
              scratch + ((r - rowBegin) * t->rowStride + piece) * row + c0 * t->colStride * t->inChannels,
              t->colStride * t->inChannels, 1, row,
              panels + j0 * steps + piece * segment * PANEL, PANEL, segment * PANEL,
              target, t->outPixel, piece > 0, NULL, 0};
          if (bias && piece == 0) {
            for (int64_t p = 0; p < pixels; p++)
              __builtin_memcpy(target + p * t->outPixel, bias + j0, (size_t)columns * sizeof(float));
            tile.accumulate = true;
          }
          tileAlongRows(&tile, pixels, columns);
        }
      }
    }
  }
}

static void KERNEL(convGradWeight)(
    const ConvTask *t, const float *in, const float *outGradient, float *gradient, int64_t gradientRow,
    int64_t rowBegin, int64_t rowEnd, float *scratch) {
  const int64_t row = copyPadded(t, in, rowBegin, rowEnd, scratch);
  const int64_t segment = t->tapCols * t->inChannels;
  for (int64_t tap = 0; tap < t->tapRows; tap++) {
    for (int64_t j0 = 0; j0 < segment; j0 += PANEL) {
      const int64_t columns = segment - j0 < PANEL ? segment - j0 : PANEL;
      for (int64_t o0 = 0; o0 < t->outChannels; o0 += TILE_ROWS) {
        const int64_t outputs = t->outChannels - o0 < TILE_ROWS ? t->outChannels - o0 : TILE_ROWS;
        Tile tile = {
            rowEnd - rowBegin, t->outCols,
            outGradient + rowBegin * t->outRow + o0, 1, t->outPixel, t->outRow,
            scratch + tap * row + j0, t->colStride * t->inChannels, t->rowStride * row,
            gradient + o0 * gradientRow + tap * segment + j0, gradientRow, true, NULL, 0};
        tileAcrossRows(&tile, outputs, columns);
      }
    }
  }
}
