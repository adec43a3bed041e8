// The pieces of a convolution in the frequency domain around the Fourier transforms.
//
// Two neighbouring real channels a, b travel as one complex number a + ib. With Z its transform and Z'
// the value at the mirrored frequency, Z + conj Z' and Z - conj Z' separate the two. Written with plain
// sums and differences of the interleaved numbers, Z + Z' holds 2 Re of every channel in its own place, and
// Z - Z' holds 2 Im of the *other* channel of the pair, negated in even places. That "crossed" form is kept
// (no shuffles); the weights, which are few, are permuted instead. So a frequency's spectrum of n channels is
// 2n floats: n real parts, n crossed imaginary parts.

static void KERNEL(splitSpectrum)(int64_t channels, const float *z, const float *mirror, float *result) {
  int64_t i = 0;
  for (; i + LANES <= channels; i += LANES) {
    Vec a = load(z + i), b = load(mirror + i);
    store(result + i, a + b);
    store(result + channels + i, a - b);
  }
  for (; i < channels; i++) {
    result[i] = z[i] + mirror[i];
    result[channels + i] = z[i] - mirror[i];
  }
}

static void KERNEL(joinSpectrum)(int64_t channels, const float *spectrum, float *z, float *mirror) {
  // A frequency that is its own mirror has no imaginary part.
  if (mirror == z) {
    __builtin_memcpy(z, spectrum, (size_t)channels * sizeof(float));
    return;
  }
  int64_t i = 0;
  for (; i + LANES <= channels; i += LANES) {
    Vec real = load(spectrum + i), crossed = load(spectrum + channels + i);
    store(z + i, real + crossed);
    store(mirror + i, real - crossed);
  }
  for (; i < channels; i++) {
    const float real = spectrum[i], crossed = spectrum[channels + i];
    z[i] = real + crossed;
    mirror[i] = real - crossed;
  }
}

INLINE float crossSign(int64_t place) { return (place & 1) ? 1.0f : -1.0f; }

/// The right factor of one frequency, (2 inChannels) x (2 outChannels), in panels. `w` holds tap q's
/// inChannels x outChannels matrix at q * tapStride, rows rowStride apart; `cosine` and `sine` hold the tap's
/// factors, scale included. `scratch` has 2 * outChannels floats.
static void KERNEL(spectralWeights)(
    int64_t taps, int64_t inChannels, int64_t outChannels, const float *w, int64_t tapStride, int64_t rowStride,
    const float *cosine, const float *sine, float *panels, float *scratch) {
  const int64_t rows = 2 * inChannels, columns = 2 * outChannels;
  float *real = scratch, *imaginary = scratch + outChannels;
  const int64_t panelSize = rows * PANEL;
  const int64_t covered = (columns + PANEL - 1) / PANEL * PANEL;
  for (int64_t k = 0; k < inChannels; k++) {
    for (int64_t j = 0; j < outChannels; j++) real[j] = imaginary[j] = 0;
    for (int64_t q = 0; q < taps; q++) {
      const float *from = w + q * tapStride + k * rowStride;
      for (int64_t j = 0; j < outChannels; j++) {
        real[j] += from[j] * cosine[q];
        imaginary[j] += from[j] * sine[q];
      }
    }
    // Row k multiplies Re X_k; row `crossedRow` multiplies the place where Im X_k is found.
    const int64_t crossedRow = inChannels + (k ^ 1);
    const float sign = crossSign(k ^ 1);
    float *direct = panels + k * PANEL, *crossed = panels + crossedRow * PANEL;
    for (int64_t j = 0; j < outChannels; j++) {
      const int64_t at = j / PANEL * panelSize + j % PANEL;
      direct[at] = real[j];
      crossed[at] = -sign * imaginary[j];
      const int64_t place = outChannels + j;
      const int64_t crossedAt = place / PANEL * panelSize + place % PANEL;
      direct[crossedAt] = crossSign(j) * imaginary[j ^ 1];
      crossed[crossedAt] = crossSign(j) * sign * real[j ^ 1];
    }
    for (int64_t j = columns; j < covered; j++) {
      direct[j / PANEL * panelSize + j % PANEL] = 0;
      crossed[j / PANEL * panelSize + j % PANEL] = 0;
    }
  }
}

/// product (2 inChannels x 2 outChannels) = sum over tiles of x's spectrum (a column) times the output
/// gradient's (a row).
static void KERNEL(spectralProduct)(
    int64_t tiles, int64_t inChannels, int64_t outChannels, const float *x, const float *dy, float *product) {
  const int64_t rows = 2 * inChannels, columns = 2 * outChannels;
  for (int64_t j0 = 0; j0 < columns; j0 += PANEL) {
    const int64_t width = columns - j0 < PANEL ? columns - j0 : PANEL;
    for (int64_t i0 = 0; i0 < rows; i0 += TILE_ROWS) {
      const int64_t height = rows - i0 < TILE_ROWS ? rows - i0 : TILE_ROWS;
      Tile tile = {1, tiles, x + i0, 1, rows, 0, dy + j0, columns, 0, product + i0 * columns + j0, columns, false, NULL, 0};
      tileAcrossRows(&tile, height, width);
    }
  }
}

/// Adds one frequency's product to the weight gradient, outChannels x taps x inChannels.
static void KERNEL(spectralTaps)(
    int64_t taps, int64_t inChannels, int64_t outChannels, const float *product, const float *cosine,
    const float *sine, float *gradient, float *scratch) {
  const int64_t columns = 2 * outChannels;
  float *real = scratch, *imaginary = scratch + inChannels;
  for (int64_t o = 0; o < outChannels; o++) {
    const int64_t crossedColumn = outChannels + (o ^ 1);
    const float columnSign = crossSign(o ^ 1);
    for (int64_t c = 0; c < inChannels; c++) {
      const float *direct = product + c * columns, *crossed = product + (inChannels + (c ^ 1)) * columns;
      const float rowSign = crossSign(c ^ 1);
      real[c] = direct[o] + rowSign * columnSign * crossed[crossedColumn];
      imaginary[c] = rowSign * crossed[o] - columnSign * direct[crossedColumn];
    }
    for (int64_t q = 0; q < taps; q++) {
      float *to = gradient + (o * taps + q) * inChannels;
      for (int64_t c = 0; c < inChannels; c++) to[c] += cosine[q] * real[c] - sine[q] * imaginary[c];
    }
  }
}
