// The pieces of a convolution in the frequency domain around the Fourier transforms.
//
// Two neighbouring real channels a, b travel as one complex number a + ib. With Z its transform and Z'
// the value at the mirrored frequency, Z + conj Z' and Z - conj Z' separate the two. Written with plain
// sums and differences of the interleaved numbers, Z + Z' holds 2 Re of every channel in its own place, and
// Z - Z' holds 2 Im of the *other* channel of the pair, negated in even places. That "crossed" form is kept
// (no shuffles); the weights, which are few, are permuted instead. So a frequency's spectrum of n channels is
// 2n floats: n real parts, n crossed imaginary parts.

static void KERNEL(splitSpectrum)(
    int64_t channels, const float *z, const float *mirror, float *real, float *crossedImaginary) {
  int64_t i = 0;
  for (; i + LANES <= channels; i += LANES) {
    Vec a = load(z + i), b = load(mirror + i);
    store(real + i, a + b);
    store(crossedImaginary + i, a - b);
  }
  for (; i < channels; i++) {
    real[i] = z[i] + mirror[i];
    crossedImaginary[i] = z[i] - mirror[i];
  }
}

static void KERNEL(joinSpectrum)(
    int64_t channels, const float *real, const float *crossedImaginary, float *z, float *mirror) {
  // A frequency that is its own mirror has no imaginary part.
  if (mirror == z) {
    __builtin_memcpy(z, real, (size_t)channels * sizeof(float));
    return;
  }
  int64_t i = 0;
  for (; i + LANES <= channels; i += LANES) {
    Vec a = load(real + i), b = load(crossedImaginary + i);
    store(z + i, a + b);
    store(mirror + i, a - b);
  }
  for (; i < channels; i++) {
    const float a = real[i], b = crossedImaginary[i];
    z[i] = a + b;
    mirror[i] = a - b;
  }
}

INLINE float crossSign(int64_t place) { return (place & 1) ? 1.0f : -1.0f; }

/// The neighbour of each lane, negated in even lanes: what `crossSign` and the exchange of a pair make of a vector.
INLINE Vec crossed(Vec v) {
#if LANES == 16
  Vec other = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  const IntVec flip = {INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0};
#elif LANES == 8
  Vec other = __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
  const IntVec flip = {INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0};
#else
  Vec other = __builtin_shufflevector(v, v, 1, 0, 3, 2);
  const IntVec flip = {INT32_MIN, 0, INT32_MIN, 0};
#endif
  return asFloat(asInt(other) ^ flip);
}

/// The sums over taps of one row of weights, times the cosines and times the sines.
static void spectralRow(
    int64_t taps, int64_t outChannels, const float *w, int64_t tapStride, const float *cosine, const float *sine,
    float *real, float *imaginary) {
  for (int64_t j = 0; j < outChannels; j += LANES) {
    const int64_t width = outChannels - j;
    Vec a = splat(0.0f), b = splat(0.0f);
    for (int64_t q = 0; q < taps; q++) {
      Vec from = loadSome(w + q * tapStride + j, width);
      a = fusedMultiplyAdd(from, splat(cosine[q]), a);
      b = fusedMultiplyAdd(from, splat(sine[q]), b);
    }
    storeSome(real + j, a, width);
    storeSome(imaginary + j, b, width);
  }
}

/// Row k of the right factor of one frequency, from the sums over taps, and the row that multiplies where Im X_k is found.
static void spectralPanelRows(
    int64_t k, int64_t inChannels, int64_t outChannels, const float *real, const float *imaginary, float *panels) {
  const int64_t panelSize = 2 * inChannels * PANEL;
  const int64_t half = (outChannels + PANEL - 1) / PANEL * PANEL, toCrossed = half / PANEL * panelSize;
  const float sign = crossSign(k ^ 1);
  float *direct = panels + k * PANEL, *other = panels + (inChannels + (k ^ 1)) * PANEL;
  int64_t j = 0;
  for (; j + LANES <= outChannels; j += LANES) {
    const int64_t at = j / PANEL * panelSize + j % PANEL;
    const Vec a = load(real + j), b = load(imaginary + j), signs = splat(sign);
    store(direct + at, a);
    store(other + at, -signs * b);
    store(direct + toCrossed + at, crossed(b));
    store(other + toCrossed + at, signs * crossed(a));
  }
  for (; j < half; j++) {
    const int64_t at = j / PANEL * panelSize + j % PANEL;
    const bool isThere = j < outChannels;
    direct[at] = isThere ? real[j] : 0;
    other[at] = isThere ? -sign * imaginary[j] : 0;
    direct[toCrossed + at] = isThere ? crossSign(j) * imaginary[j ^ 1] : 0;
    other[toCrossed + at] = isThere ? crossSign(j) * sign * real[j ^ 1] : 0;
  }
}

/// The right factors of neighbouring frequencies, each (2 inChannels) x (2 outChannels) in panels, `size` apart: first the panels
/// of the real parts, then those of the crossed imaginary parts, each half filled up to whole panels with zeros. `w` holds
/// tap q's inChannels x outChannels matrix at q * tapStride, rows rowStride apart; `factors` holds of each frequency the taps'
/// cosines, then their sines, scale included. `scratch` has 2 * outChannels floats.
static void KERNEL(spectralWeights)(
    int64_t frequencies, int64_t taps, int64_t inChannels, int64_t outChannels, const float *w, int64_t tapStride,
    int64_t rowStride, const float *factors, float *panels, int64_t size, float *scratch) {
  for (int64_t k = 0; k < inChannels; k++)
    // A row's taps stay in the first-level cache for all frequencies.
    for (int64_t f = 0; f < frequencies; f++) {
      const float *cosine = factors + f * 2 * taps;
      spectralRow(taps, outChannels, w + k * rowStride, tapStride, cosine, cosine + taps, scratch, scratch + outChannels);
      spectralPanelRows(k, inChannels, outChannels, scratch, scratch + outChannels, panels + f * size);
    }
}

/// Of the output channels begin ..< end, two rows each of the sums over tiles of the output gradient's spectrum (a column)
/// times x's (a row): first the rows of real parts, then those of crossed imaginary parts, 2 inChannels long.
static void KERNEL(spectralProduct)(
    int64_t tiles, int64_t inChannels, int64_t outChannels, int64_t begin, int64_t end, const float *x, const float *dy,
    float *product) {
  const int64_t count = end - begin, columns = 2 * inChannels;
  for (int64_t j0 = 0; j0 < columns; j0 += PANEL) {
    const int64_t width = columns - j0 < PANEL ? columns - j0 : PANEL;
    for (int64_t i0 = 0; i0 < 2 * count; i0 += TILE_ROWS) {
      // A tile lies in one of the halves.
      const int64_t half = i0 < count ? count : 2 * count;
      const int64_t height = half - i0 < TILE_ROWS ? half - i0 : TILE_ROWS;
      const int64_t row = i0 < count ? begin + i0 : outChannels + begin + i0 - count;
      Tile tile = {1, tiles, dy + row, 1, 2 * outChannels, 0, x + j0, columns, 0, product + i0 * columns + j0, columns,
                   false, NULL, 0};
      tileAcrossRows(&tile, height, width);
      if (height < TILE_ROWS) i0 += height - TILE_ROWS;
    }
  }
}

/// Adds one frequency's product to the weight gradient of its `count` output channels, count x taps x inChannels.
/// `scratch` has 2 * inChannels floats.
static void KERNEL(spectralTaps)(
    int64_t taps, int64_t inChannels, int64_t count, const float *product, const float *cosine, const float *sine,
    float *gradient, float *scratch) {
  const int64_t columns = 2 * inChannels;
  float *real = scratch, *imaginary = scratch + inChannels;
  for (int64_t o = 0; o < count; o++) {
    const float *direct = product + o * columns, *other = product + (count + (o ^ 1)) * columns;
    const float sign = crossSign(o ^ 1);
    int64_t c = 0;
    for (; c + LANES <= inChannels; c += LANES) {
      const Vec signs = splat(sign);
      store(real + c, load(direct + c) - signs * crossed(load(other + inChannels + c)));
      store(imaginary + c, -crossed(load(direct + inChannels + c)) - signs * load(other + c));
    }
    for (; c < inChannels; c++) {
      const float rowSign = crossSign(c ^ 1);
      real[c] = direct[c] + rowSign * sign * other[inChannels + (c ^ 1)];
      imaginary[c] = rowSign * direct[inChannels + (c ^ 1)] - sign * other[c];
    }
    for (int64_t q = 0; q < taps; q++) {
      float *to = gradient + (o * taps + q) * inChannels;
      const Vec a = splat(cosine[q]), b = splat(-sine[q]);
      for (c = 0; c < inChannels; c += LANES) {
        const int64_t width = inChannels - c;
        Vec sum = fusedMultiplyAdd(loadSome(real + c, width), a, loadSome(to + c, width));
        storeSome(to + c, fusedMultiplyAdd(loadSome(imaginary + c, width), b, sum), width);
      }
    }
  }
}
