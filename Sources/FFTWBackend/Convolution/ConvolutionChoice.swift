import SfumatoGraph

/// A pass of a convolution layer over a batch: what an algorithm is chosen for.
struct LayerPass: Hashable {
  var geometry: ConvGeometry
  var pass: ConvolutionPass
  var batch: Int

  /// Its name where choices are kept.
  var key: String { "\(pass.rawValue) \(batch) × \(geometry)" }
}

/// How a pass of a convolution can be computed on its own, and what that costs by a model: functions of its geometry and the
/// batch alone, the same on every machine.
struct ConvolutionChoice {
  enum Method: Hashable {
    /// One matrix product over all pixels.
    case product
    case tiles
    /// Tiles of 4 × 4 outputs with a quarter of the multiplications.
    case winograd
    /// Through transforms of squares.
    case fourier(FourierCut)

    var name: String {
      switch self {
      case .product: "product"
      case .tiles: "tiles"
      case .winograd: "winograd"
      case .fourier(let cut): cut.name
      }
    }

    var isFourier: Bool { if case .fourier = self { true } else { false } }
  }

  /// Algorithms that the settings allow, with costs in multiply-adds of a register tile running at full speed, cheapest first.
  private let candidates: [(method: Method, cost: Double)]

  init(_ g: ConvGeometry, _ pass: ConvolutionPass, batch: Int, _ wanted: FFTWBackend.ConvolutionMethod) {
    if Self.isPointwise(g) {
      candidates = [(.product, 0)]
      return
    }
    let isOpen = wanted == .cheapest || wanted == .measured
    var candidates: [(method: Method, cost: Double)] = []
    if isOpen || wanted == .winograd, WinogradConvolution.isPossible(g) {
      candidates.append((.winograd, WinogradConvolution(g, pass, batch: batch).cost))
    }
    if isOpen || wanted == .fourier, FourierConvolution.isPossible(g) {
      candidates += FourierConvolution.cuts(g).map { cut in
        (.fourier(cut), FourierConvolution(g, pass, batch: batch, cut: cut).cost)
      }
    }
    if isOpen || candidates.isEmpty {
      candidates.append((.tiles, Double(g.multiplyAdds(batch: batch))))
    }
    self.candidates = candidates.sorted { $0.cost < $1.cost }
  }

  init(_ layer: LayerPass, _ wanted: FFTWBackend.ConvolutionMethod) {
    self.init(layer.geometry, layer.pass, batch: layer.batch, wanted)
  }

  /// All of them, cheapest first.
  var methods: [Method] { candidates.map(\.method) }

  /// The cheapest.
  var method: Method { candidates.first?.method ?? .tiles }
  var cost: Double { candidates.first?.cost ?? 0 }

  /// What the model may have misjudged: algorithms within twice the cheapest, cheapest first. Of transforms only two sizes, for
  /// neighbouring ones are as fast.
  var contenders: [Method] {
    let limit = 2 * (candidates.first?.cost ?? 0)
    var sizes = 0
    return candidates.filter { candidate in
      if candidate.method.isFourier { sizes += 1 }
      return candidate.cost <= limit && (!candidate.method.isFourier || sizes <= 2)
    }.map(\.method)
  }

  static func isPointwise(_ g: ConvGeometry) -> Bool {
    g.kernelHeight == 1 && g.kernelWidth == 1 && g.strideH == 1 && g.strideW == 1 && g.groups == 1
      && g.padTop == 0 && g.padLeft == 0 && g.padBottom == 0 && g.padRight == 0
  }
}
