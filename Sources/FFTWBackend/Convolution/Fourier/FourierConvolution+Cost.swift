import SfumatoGraph

extension FourierConvolution {
  /// In multiply-adds of a register tile running at full speed, what some passes of a layer cost that share what they can: the
  /// products of each frequency; transforms and reordering, so much a point; the weights' way to the frequencies and back, so
  /// much a pair of channels. The factors were measured on one x86-64 core with AVX-512; being constants, they make the same
  /// choice everywhere.
  static func cost(_ g: ConvGeometry, _ passes: Set<ConvolutionPass>, batch: Int, cut: FourierCut) -> Double {
    let shapes = ConvolutionPass.allCases.filter(passes.contains).map {
      FourierConvolution(g, $0, batch: batch, cut: cut)
    }
    let pairs = Double(g.inChannels * g.outChannels), taps = Double(g.kernelHeight * g.kernelWidth)
    var ofInput: Set<TileLayout> = [], ofGradient: Set<TileLayout> = [], cost = 0.0
    for shape in shapes {
      let frequencies = Double(shape.frequencyCount)
      cost += frequencies * Double(shape.tiles) * 4 * pairs * productFactor
      if shape.pass == .gradInput { ofGradient.insert(shape.signal) } else { ofInput.insert(shape.signal) }
      if shape.pass == .gradWeight {
        ofGradient.insert(shape.gradient)
        cost += frequencies * pairs * (30 + 5 * taps)
      } else {
        cost += transform(shape.result)
        cost += frequencies * pairs * (30 + 5 * taps)
      }
    }
    for layout in Array(ofInput) + Array(ofGradient) { cost += transform(layout) }
    return cost
  }

  var cost: Double { Self.cost(geometry, [pass], batch: batch, cut: cut) }

  private static let productFactor = 1.1

  private static func transform(_ layout: TileLayout) -> Double {
    let size = layout.cut.size
    return Double(layout.tiles * size * size * layout.channels) * (90 * TransformExtent(size).cost + 80)
  }
}
