import Foundation
import SfumatoGraph

/// A pass of a convolution in the frequency domain: squares of a map are correlated with the taps in a circle.
///
/// In tiles of larger maps (overlap-save) the first size − kernel + 1 rows and columns of the result are the wanted ones. Whole
/// maps have gaps of zeros between them, and around the circle, that are as wide as the padding, for all three passes at once:
/// of a map of H pixels with padding 1 nothing reaches across H + 1.
///
/// Real inputs have a spectrum whose mirrored halves are conjugates, so about half of the frequencies are kept.
struct FourierConvolution {
  let geometry: ConvGeometry
  let pass: ConvolutionPass
  let batch: Int
  let cut: FourierCut

  init(_ g: ConvGeometry, _ pass: ConvolutionPass, batch: Int, cut: FourierCut) {
    geometry = g
    self.pass = pass
    self.batch = batch
    self.cut = cut
  }

  /// Whether this way is there for a layer: stride 1, one group, even numbers of channels (they are paired).
  static func isPossible(_ g: ConvGeometry) -> Bool {
    g.strideH == 1 && g.strideW == 1 && g.groups == 1 && g.inChannels % 2 == 0 && g.outChannels % 2 == 0
      && max(g.kernelHeight, g.kernelWidth) <= 16
  }

  /// Ways to cut worth a look: extents that the library is fast at; tiles must leave something beside the taps.
  static func cuts(_ g: ConvGeometry) -> [FourierCut] {
    let taps = max(g.kernelHeight, g.kernelWidth), period = max(periods(g).rows, periods(g).cols)
    return TransformExtent.all.flatMap { size -> [FourierCut] in
      (size >= max(8, 2 * taps - 2) ? [FourierCut(size: size, isWhole: false)] : [])
        + (size >= period ? [FourierCut(size: size, isWhole: true)] : [])
    }
  }

  /// Rows and columns from one whole map to the next: so many that none reaches into another in any pass.
  static func periods(_ g: ConvGeometry) -> (rows: Int, cols: Int) {
    (
      max(
        g.inputHeight + max(g.padTop, g.padBottom), g.outputHeight + max(0, g.kernelHeight - 1 - g.padTop)),
      max(g.inputWidth + max(g.padLeft, g.padRight), g.outputWidth + max(0, g.kernelWidth - 1 - g.padLeft))
    )
  }

  var size: Int { cut.size }
  /// Channels of what is correlated: x, or dy for the input gradient.
  var inChannels: Int { pass == .gradInput ? geometry.outChannels : geometry.inChannels }
  /// Channels of what comes out: y or dx. The weight gradient takes dy in this place.
  var outChannels: Int { pass == .gradInput ? geometry.inChannels : geometry.outChannels }
  var taps: Int { geometry.kernelHeight * geometry.kernelWidth }
  var frequencyCount: Int { (size * size + (size % 2 == 0 ? 4 : 1)) / 2 }

  // MARK: Layouts

  /// x, or dy for the input gradient.
  var signal: TileLayout {
    let g = geometry
    if pass != .gradInput {
      return layout(g.inputHeight, g.inputWidth, g.inChannels, top: g.padTop, left: g.padLeft)
    }
    return cut.isWhole
      ? gradient
      : layout(
        g.outputHeight, g.outputWidth, g.outChannels, top: g.kernelHeight - 1 - g.padTop,
        left: g.kernelWidth - 1 - g.padLeft)
  }

  /// y, or dy for the weight gradient: what tiles have in common counts in one of them only.
  var gradient: TileLayout {
    let g = geometry
    return layout(
      g.outputHeight, g.outputWidth, g.outChannels, top: 0, left: 0,
      tileRows: 0..<(cut.isWhole ? size : size - g.kernelHeight + 1),
      tileCols: 0..<(cut.isWhole ? size : size - g.kernelWidth + 1))
  }

  /// What a pass makes in tiles: y or dx.
  var result: TileLayout {
    let g = geometry
    if pass != .gradInput { return gradient }
    return cut.isWhole
      ? layout(g.inputHeight, g.inputWidth, g.inChannels, top: g.padTop, left: g.padLeft)
      : layout(
        g.inputHeight, g.inputWidth, g.inChannels, top: g.kernelHeight - 1, left: g.kernelWidth - 1,
        tileRows: g.kernelHeight - 1..<size, tileCols: g.kernelWidth - 1..<size)
  }

  var tiles: Int { result.tiles }

  private func layout(
    _ rows: Int, _ cols: Int, _ channels: Int, top: Int, left: Int, tileRows: Range<Int>? = nil,
    tileCols: Range<Int>? = nil
  ) -> TileLayout {
    let g = geometry, isBackward = pass == .gradInput
    let step =
      cut.isWhole ? Self.periods(g) : (rows: size - g.kernelHeight + 1, cols: size - g.kernelWidth + 1)
    func tiles(_ extent: Int, _ useful: Int) -> Int {
      cut.isWhole ? size / useful : (extent + useful - 1) / useful
    }
    return TileLayout(
      cut: cut, batch: batch, rows: rows, cols: cols, channels: channels,
      down: tiles(isBackward ? g.inputHeight : g.outputHeight, step.rows),
      across: tiles(isBackward ? g.inputWidth : g.outputWidth, step.cols), rowStep: step.rows,
      colStep: step.cols, top: top, left: left, tileRows: tileRows ?? 0..<size, tileCols: tileCols ?? 0..<size
    )
  }

  /// Tiles whose spectra are worked on at once; the same for all passes of a layer.
  var tileBlock: Int {
    let floatsPerTile = frequencyCount * 2 * (inChannels + outChannels)
    return max(1, min(tiles, (12 << 20) / floatsPerTile))
  }

  // MARK: Frequencies

  /// A frequency, and where it and its mirror lie in a transformed square.
  struct Frequency {
    var row: Int
    var col: Int
    var place: Int
    var mirror: Int
  }

  /// One of each pair of mirrored frequencies.
  var frequencies: [Frequency] {
    let places = TransformExtent(size).frequencies
    return (0..<size * size).compactMap { index in
      let (row, col) = (index / size, index % size)
      let mirrorRow = (size - row) % size, mirrorCol = (size - col) % size
      if index > mirrorRow * size + mirrorCol { return nil }
      return Frequency(
        row: row, col: col, place: places[row] * size + places[col],
        mirror: places[mirrorRow] * size + places[mirrorCol])
    }
  }

  /// cos and sin of 2π (row r + col s) / size for each tap (r, s), times `scale`; for the input gradient, which takes the
  /// conjugates, the sines are negated.
  func phases(_ frequency: Frequency, scale: Double) -> (cosine: [Float], sine: [Float]) {
    var cosine: [Float] = [], sine: [Float] = []
    for tap in 0..<taps {
      let (r, s) = (tap / geometry.kernelWidth, tap % geometry.kernelWidth)
      let turns = (frequency.row * r + frequency.col * s) % size
      let angle = 2 * Double.pi * Double(turns) / Double(size)
      cosine.append(Float(cos(angle) * scale))
      sine.append(Float(sin(angle) * (pass == .gradInput ? -scale : scale)))
    }
    return (cosine, sine)
  }
}
