import SfumatoGraph

/// How a pass of a convolution is computed: a function of its geometry, the batch and the settings alone, so that two runs of
/// the same program give the same bits.
struct ConvolutionChoice {
  enum Method: Hashable {
    /// One matrix product over all pixels.
    case product
    case tiles
    /// Tiles of 4 × 4 outputs with a quarter of the multiplications.
    case winograd
    /// Through transforms of `size` × `size`.
    case fourier(size: Int)

    var name: String {
      switch self {
      case .product: "product"
      case .tiles: "tiles"
      case .winograd: "winograd"
      case .fourier(let size): "fourier \(size)"
      }
    }
  }

  let method: Method

  init(_ g: ConvGeometry, _ pass: ConvolutionPass, batch: Int, _ wanted: FFTWBackend.ConvolutionMethod) {
    if Self.isPointwise(g) {
      method = .product
      return
    }
    var candidates: [(method: Method, cost: Double)] = []
    if wanted == .cheapest || wanted == .winograd, WinogradConvolution.isPossible(g) {
      candidates.append((.winograd, WinogradConvolution(g, pass, batch: batch).cost))
    }
    if wanted == .cheapest || wanted == .fourier, FourierConvolution.isPossible(g) {
      candidates += FourierConvolution.sizes(g, pass).map { size in
        (.fourier(size: size), FourierConvolution(g, pass, batch: batch, size: size).cost)
      }
    }
    if wanted == .cheapest || candidates.isEmpty {
      candidates.append((.tiles, Self.tileCost(g, batch: batch)))
    }
    method = candidates.min { $0.cost < $1.cost }?.method ?? .tiles
  }

  private static func isPointwise(_ g: ConvGeometry) -> Bool {
    g.kernelHeight == 1 && g.kernelWidth == 1 && g.strideH == 1 && g.strideW == 1 && g.groups == 1
      && g.padTop == 0 && g.padLeft == 0 && g.padBottom == 0 && g.padRight == 0
  }

  /// In multiply-adds of a register tile running at full speed.
  private static func tileCost(_ g: ConvGeometry, batch: Int) -> Double {
    Double(g.multiplyAdds(batch: batch))
  }
}
