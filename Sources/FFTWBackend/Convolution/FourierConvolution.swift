import Foundation
import SfumatoGraph

/// A pass of a convolution in the frequency domain, by overlap-save: tiles of `size` × `size` input pixels, of whose circular
/// correlation with the taps the first size − kernel + 1 rows and columns are the wanted ones.
///
/// Real inputs have a spectrum whose mirrored halves are conjugates, so about half of the frequencies are kept.
struct FourierConvolution {
  let pass: ConvolutionPass
  let batch: Int
  let size: Int
  let tapRows: Int
  let tapCols: Int
  /// The signal that is correlated: x, or dy for the input gradient.
  let inRows: Int
  let inCols: Int
  let inChannels: Int
  let padTop: Int
  let padLeft: Int
  /// What comes out of the correlation: y or dx. The weight gradient takes dy in this place.
  let outRows: Int
  let outCols: Int
  let outChannels: Int

  init(_ g: ConvGeometry, _ pass: ConvolutionPass, batch: Int, size: Int) {
    self.pass = pass
    self.batch = batch
    self.size = size
    tapRows = g.kernelHeight
    tapCols = g.kernelWidth
    let isBackward = pass == .gradInput
    inRows = isBackward ? g.outputHeight : g.inputHeight
    inCols = isBackward ? g.outputWidth : g.inputWidth
    inChannels = isBackward ? g.outChannels : g.inChannels
    padTop = isBackward ? g.kernelHeight - 1 - g.padTop : g.padTop
    padLeft = isBackward ? g.kernelWidth - 1 - g.padLeft : g.padLeft
    outRows = isBackward ? g.inputHeight : g.outputHeight
    outCols = isBackward ? g.inputWidth : g.outputWidth
    outChannels = isBackward ? g.inChannels : g.outChannels
  }

  /// Whether this way is there for a layer: stride 1, one group, even numbers of channels (they are paired).
  static func isPossible(_ g: ConvGeometry) -> Bool {
    g.strideH == 1 && g.strideW == 1 && g.groups == 1 && g.inChannels % 2 == 0 && g.outChannels % 2 == 0
      && max(g.kernelHeight, g.kernelWidth) <= 16
  }

  /// Transform sizes worth a look: those that the library is fast at and that leave something beside the taps.
  static func sizes(_ g: ConvGeometry, _ pass: ConvolutionPass) -> [Int] {
    [8, 10, 12, 16, 20, 24, 32].filter {
      $0 >= 2 * max(g.kernelHeight, g.kernelWidth) - 2 && $0 >= max(g.kernelHeight, g.kernelWidth)
    }
  }

  var usefulRows: Int { size - tapRows + 1 }
  var usefulCols: Int { size - tapCols + 1 }
  var tilesDown: Int { (outRows + usefulRows - 1) / usefulRows }
  var tilesAcross: Int { (outCols + usefulCols - 1) / usefulCols }
  var tilesPerImage: Int { tilesDown * tilesAcross }
  var tiles: Int { batch * tilesPerImage }
  var taps: Int { tapRows * tapCols }
  var frequencyCount: Int { (size * size + (size % 2 == 0 ? 4 : 1)) / 2 }

  /// In multiply-adds of a register tile running at full speed: the products of a frequency, transforms and reordering (so
  /// much a point), and the weights' way to the frequencies and back (so much a pair of channels). The factors were
  /// measured on one x86-64 core with AVX-512; being constants, they make the same choice everywhere.
  var cost: Double {
    let pairs = Double(inChannels * outChannels)
    let products = Double(frequencyCount * tiles) * 4 * pairs
    let transforms = Double(tiles * size * size * (inChannels + outChannels)) * 200
    let weights = Double(frequencyCount) * pairs * (60 + 2 * Double(taps))
    return products + transforms + weights
  }

  /// One of each pair of mirrored frequencies, as places in the row-major square.
  var frequencies: [(place: Int, mirror: Int)] {
    (0..<size * size).compactMap { place in
      let (u, v) = (place / size, place % size)
      let mirror = (size - u) % size * size + (size - v) % size
      return place <= mirror ? (place, mirror) : nil
    }
  }

  /// cos and sin of 2π (u r + v s) / size for each tap (r, s), times `scale`; for the input gradient the taps are turned
  /// round.
  func phases(_ place: Int, scale: Double) -> (cosine: [Float], sine: [Float]) {
    var cosine: [Float] = [], sine: [Float] = []
    for tap in 0..<taps {
      let (r, s) = (tap / tapCols, tap % tapCols)
      let row = pass == .gradInput ? tapRows - 1 - r : r, col = pass == .gradInput ? tapCols - 1 - s : s
      let turns = (place / size * row + place % size * col) % size
      let angle = 2 * Double.pi * Double(turns) / Double(size)
      cosine.append(Float(cos(angle) * scale))
      sine.append(Float(sin(angle) * scale))
    }
    return (cosine, sine)
  }

  /// The tile's place: image, and first output row and column.
  func origin(_ tile: Int) -> (image: Int, row: Int, col: Int) {
    let inside = tile % tilesPerImage
    return (tile / tilesPerImage, inside / tilesAcross * usefulRows, inside % tilesAcross * usefulCols)
  }

  /// Tiles whose spectra are held at once.
  var tileBlock: Int {
    let floatsPerTile = frequencyCount * 2 * (inChannels + outChannels)
    return max(1, min(tiles, (12 << 20) / floatsPerTile))
  }
}
