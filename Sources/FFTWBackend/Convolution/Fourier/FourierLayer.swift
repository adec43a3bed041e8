import CVectorKernels
import SfumatoGraph

/// What the phases of one convolution in the frequency domain share.
final class FourierLayer {
  let shape: FourierConvolution
  let frequencies: [FourierConvolution.Frequency]
  /// The place of each row and column of a square.
  private let places: [Int]
  /// Whether the columns of a row lie one after the other.
  private let isInOrder: Bool
  /// Cosines, then sines, of every kept frequency.
  private let factors: [Float]
  private let plans: [Int: FourierPlan]

  /// - Returns: nil when the library cannot make a plan.
  init?(_ shape: FourierConvolution, _ tuner: Tuner) {
    var plans: [Int: FourierPlan] = [:]
    for channels in [shape.inChannels, shape.outChannels] {
      let slice = shape.channelSlice(channels)
      guard let plan = tuner.plan(size: shape.size, channels: slice) else { return nil }
      plans[slice] = plan
    }
    self.plans = plans
    self.shape = shape
    let extent = TransformExtent(shape.size)
    places = extent.samples
    isInOrder = extent.outer == 1
    frequencies = shape.frequencies
    let points = Double(shape.size * shape.size)
    factors = frequencies.flatMap { frequency in
      // A spectrum in crossed form is twice the true one. The weight gradient multiplies two of them, and sums over all
      // frequencies, where a mirrored pair counts twice.
      let isAlone = frequency.place == frequency.mirror
      let scale = shape.pass == .gradWeight ? (isAlone ? 0.25 : 0.5) / points : 0.5 / points
      let phases = shape.phases(frequency, scale: scale)
      return phases.cosine + phases.sine
    }
  }

  /// Hands over the taps' cosines of a frequency, behind which are its sines, and behind these the next one's.
  func withFactors(_ frequency: Int, _ body: (UnsafePointer<Float>) -> Void) {
    factors.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      body(start + frequency * 2 * shape.taps)
    }
  }

  // MARK: One tile

  /// A tile of a map, some channels of it, as one of several whose spectra lie together.
  struct Tile {
    var layout: TileLayout
    /// Among all tiles of the map.
    var number: Int
    /// Among those together.
    var index: Int
    var count: Int
    var channels: Range<Int>
  }

  /// Cuts a tile out of its maps into a worker's buffer, zeros around them, transforms it there and takes pairs of channels
  /// apart.
  func transform(_ tile: Tile, _ map: Floats, _ buffer: Floats, _ table: VectorKernels, _ spectra: Floats) {
    let channels = tile.channels.count, all = tile.layout.channels
    buffer.update(repeating: 0, count: shape.size * shape.size * channels)
    forEachRun(tile) { from, to, count in (buffer + to).update(from: map + from, count: count) }
    plans[channels]?.run(buffer, isInverse: false)
    for (number, frequency) in frequencies.enumerated() {
      let spectrum = spectra + (number * tile.count + tile.index) * 2 * all + tile.channels.lowerBound
      table.splitSpectrum(
        Int64(channels), buffer + frequency.place * channels, buffer + frequency.mirror * channels, spectrum,
        spectrum + all)
    }
  }

  /// The way back: of the result what belongs into the maps.
  func transformBack(_ tile: Tile, _ map: Floats, _ buffer: Floats, _ table: VectorKernels, _ spectra: Floats)
  {
    let channels = tile.channels.count, all = tile.layout.channels
    for (number, frequency) in frequencies.enumerated() {
      let spectrum = spectra + (number * tile.count + tile.index) * 2 * all + tile.channels.lowerBound
      table.joinSpectrum(
        Int64(channels), spectrum, spectrum + all, buffer + frequency.place * channels,
        buffer + frequency.mirror * channels)
    }
    plans[channels]?.run(buffer, isInverse: true)
    forEachRun(tile) { to, from, count in (map + to).update(from: buffer + from, count: count) }
  }

  /// Calls `body` with runs of floats that lie one after the other in the maps and in the buffer.
  private func forEachRun(_ tile: Tile, _ body: (_ map: Int, _ buffer: Int, _ count: Int) -> Void) {
    let channels = tile.channels.count, layout = tile.layout
    let isWholePixel = isInOrder && channels == layout.channels
    for piece in layout.pieces(tile.number) {
      for r in 0..<piece.rows {
        let pixel = (piece.image * layout.rows + piece.mapRow + r) * layout.cols + piece.mapCol
        let map = pixel * layout.channels + tile.channels.lowerBound
        let row = places[piece.tileRow + r] * shape.size
        if isWholePixel {
          body(map, (row + piece.tileCol) * channels, piece.cols * channels)
          continue
        }
        for c in 0..<piece.cols {
          body(map + c * layout.channels, (row + places[piece.tileCol + c]) * channels, channels)
        }
      }
    }
  }
}

extension FourierConvolution {
  /// Channels that are transformed together: a divisor, and few enough for a square of them to stay in the second-level cache
  /// while it is transformed in several rounds.
  func channelSlice(_ channels: Int) -> Int {
    let limit = (96 << 10) / (size * size)
    return stride(from: channels, to: 0, by: -1).first {
      channels % $0 == 0 && $0 % 16 == 0 && $0 <= max(16, limit)
    } ?? channels
  }
}
