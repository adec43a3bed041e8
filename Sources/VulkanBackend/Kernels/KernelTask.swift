import SfumatoCompiler
import SfumatoGraph

/// A matrix product or a pass of a convolution over tensors of these types: what a kernel is chosen for.
struct KernelTask: Hashable {
  let op: Op
  let inputs: [TensorType]
  let result: TensorType

  /// - Returns: nil for operations that have one algorithm only.
  init?(_ op: Op, _ inputs: [TensorType], _ result: TensorType) {
    switch op {
    case .matmul, .conv, .convGradInput, .convGradWeight: break
    default: return nil
    }
    guard result.count > 0, inputs.allSatisfy({ $0.count > 0 }) else { return nil }
    (self.op, self.inputs, self.result) = (op, inputs, result)
  }

  /// That of a node, or of the one in an `EpilogueRegion`.
  init?(_ node: Node, in program: Program) {
    if case .region(let region) = node.op, let joined = EpilogueRegion(region) {
      self.init(joined.core, in: joined.body)
    } else {
      self.init(node.op, node.inputs.map { program[$0] }, program[node.outputs[0]])
    }
  }

  /// Its name where choices are kept.
  var key: String {
    let operands = inputs.map { "\($0)" }.joined(separator: " · ")
    let geometry =
      switch op {
      case .conv(let g), .convGradInput(let g), .convGradWeight(let g): " \(g)"
      case .matmul(let transposeA, let transposeB): (transposeA ? " t" : " n") + (transposeB ? "t" : "n")
      default: ""
      }
    return "\(op.name)\(geometry) \(operands) → \(result)"
  }

  /// The tiles by which Winograd's method would compute it.
  func winogradTiles(_ limits: KernelLimits) -> WinogradTiles? {
    let (g, turned): (ConvGeometry, Bool)
    switch op {
    case .conv(let geometry), .convGradWeight(let geometry): (g, turned) = (geometry, false)
    case .convGradInput(let geometry): (g, turned) = (geometry, true)
    default: return nil
    }
    // It works on f32; where matrix units multiply 16 bits it would be no faster.
    guard WinogradTiles.isPossible(g), limits.matrices[inputs[0].dtype] == nil else { return nil }
    let tiles = WinogradTiles(g, turned: turned)
    let weightBytes = WinogradTiles.points * g.inChannels * g.outChannels * 4
    return max(tiles.imageBytes, weightBytes) <= limits.room ? tiles : nil
  }

  /// The algorithms for it that the device has, the likely fastest first; that is what is taken unmeasured.
  func choices(_ limits: KernelLimits) -> [KernelChoice] {
    var choices: [KernelChoice] = []
    let spreads = [KernelChoice.Spread.usual, .none, .wide]
    let sizes = [nil] + Tiling.sizes(inputs[0].dtype, limits).map(Optional.some)
    if let tiles = winogradTiles(limits) {
      choices += sizes.map { KernelChoice(method: .winograd, size: $0) }
      if !tiles.areCheaper(onCPU: limits.isSoftware) { choices.insert(KernelChoice(), at: 0) }
    }
    for size in sizes {
      for spread in spreads {
        let choice = KernelChoice(size: size, spread: spread)
        if !choices.contains(choice) { choices.append(choice) }
      }
    }
    for tile in workgroupTiles(limits) {
      choices += spreads.map { KernelChoice(tile: tile, spread: $0) }
    }
    return choices
  }

  /// The tiles by which matrices of whole workgroups would compute it.
  private func workgroupTiles(_ limits: KernelLimits) -> [WorkgroupTile] {
    let dtype = inputs[0].dtype
    guard limits.matrices[dtype] != nil else { return [] }
    let isStaged = if case .matmul = op { false } else { true }
    return limits.workgroupMatrices.tiles(dtype, isStaged: isStaged)
  }

  /// How many products are added up to an element of the result.
  var depth: Int {
    switch op {
    case .matmul(let transposeA, _):
      let shape = inputs[0].shape
      return shape[shape.rank - (transposeA ? 2 : 1)]
    case .conv(let g): return g.kernelHeight * g.kernelWidth * (g.inChannels / g.groups)
    case .convGradInput(let g): return g.kernelHeight * g.kernelWidth * (g.outChannels / g.groups)
    case .convGradWeight(let g): return inputs[0].shape[0] * g.outputHeight * g.outputWidth
    default: return 1
    }
  }
}
