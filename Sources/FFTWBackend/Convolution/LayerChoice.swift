import SfumatoGraph

/// How the passes of a layer can be computed, and what that costs by a model: each by an algorithm of its own, or all through the same
/// transforms, so that they share spectra. A function of the geometry, the batch and which passes there are.
struct LayerChoice {
  enum Algorithm: Hashable {
    /// Each pass as is best for it.
    case apart
    case together(FourierCut)

    var name: String {
      switch self {
      case .apart: "apart"
      case .together(let cut): cut.name
      }
    }
  }

  private let candidates: [(algorithm: Algorithm, cost: Double)]

  init(_ layer: LayerPasses, _ wanted: FFTWBackend.ConvolutionMethod) {
    let g = layer.geometry
    var candidates: [(algorithm: Algorithm, cost: Double)] = [
      (.apart, layer.sorted.reduce(0) { $0 + ConvolutionChoice(layer[$1], wanted).cost })
    ]
    let isAllowed = wanted == .cheapest || wanted == .measured || wanted == .fourier
    if isAllowed, layer.passes.count > 1, !ConvolutionChoice.isPointwise(g),
      FourierConvolution.isPossible(g)
    {
      candidates += FourierConvolution.cuts(g).map { cut in
        (.together(cut), FourierConvolution.cost(g, layer.passes, batch: layer.batch, cut: cut))
      }
    }
    self.candidates = candidates.sorted { $0.cost < $1.cost }
  }

  /// All of them, cheapest first.
  var algorithms: [Algorithm] { candidates.map(\.algorithm) }

  /// The cheapest.
  var algorithm: Algorithm { candidates.first?.algorithm ?? .apart }

  /// What the model may have misjudged: algorithms within half as much again as the cheapest, cheapest first; of transforms only two.
  var contenders: [Algorithm] {
    let limit = 1.5 * (candidates.first?.cost ?? 0)
    var together = 0
    return candidates.filter { candidate in
      if candidate.algorithm != .apart { together += 1 }
      return candidate.cost <= limit && (candidate.algorithm == .apart || together <= 2)
    }.map(\.algorithm)
  }
}
