import SfumatoGraph

/// Matrix products.
extension Lowering {
  mutating func matmul(
    _ a: Operand, transposed transposeA: Bool, _ b: Operand, transposed transposeB: Bool, _ c: Operand
  ) throws(VulkanError) {
    let shape = c.type.shape
    let (m, n) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let k = a.type.shape[shape.rank - (transposeA ? 2 : 1)]
    guard c.type.count > 0 else { return }
    let batch = c.type.count / (m * n)
    if !fits([a, b, c]) {
      return try multiplyInParts(
        a.reshaped(transposeA ? [batch, k, m] : [batch, m, k]), transposeA,
        b.reshaped(transposeB ? [batch, n, k] : [batch, k, n]), transposeB, c.reshaped([batch, m, n]))
    }
    let product = Tiling.Product(
      m: m, n: n, count: batch, aAlongM: transposeA, bAlongN: !transposeB,
      isOdd: Self.isOdd(m, n, k, transposeA, transposeB) || !beginOnFours([a, b, c]),
      takesTiles: areTensors([a, b], count: batch))
    // Runs begin at multiples of what a tile works on at once.
    try launchRuns(
      "matmul_" + (transposeA ? "t" : "n") + (transposeB ? "t" : "n"), product, [a, b], c,
      depth: (k + 31) / 32, shortest: 16, into: Self.spreadWorkgroups
    ) { [batch, m, n, k, $0 * 32] }
  }

  /// Whether operands, and each of `count` items of them, begin at multiples of 16 bytes, as tensors that are loaded by slices do.
  private func areTensors(_ operands: [Operand], count: Int) -> Bool {
    operands.allSatisfy {
      limits.offsetAlignment % 16 == 0 && $0.range.offset % 16 == 0
        && (count == 1 || $0.type.byteCount / count % 16 == 0)
    }
  }

  private static func isOdd(_ m: Int, _ n: Int, _ k: Int, _ transposeA: Bool, _ transposeB: Bool) -> Bool {
    (transposeA ? m : k) % 4 != 0 || n % 4 != 0 || (transposeB && k % 4 != 0)
  }

  /// Into how many workgroups the depth of a product is cut where its outputs are too few: every run writes a result that is read
  /// again. With twice as many a step of `medium` moves 5% more bytes; where that is faster, measuring finds it
  /// (`KernelChoice.Spread`).
  static let spreadWorkgroups = 128

  /// How the depth of a product is cut, so that there are enough workgroups to fill a device.
  private struct Runs {
    /// Pieces a run.
    var length: Int
    var count: Int

    init(_ depth: Int, count: Int) {
      length = max(1, (depth + count - 1) / count)
      self.count = max(1, (depth + length - 1) / length)
    }
  }

  /// Launches a kernel of `matmul/engine.glsl`; where there are several runs they write results of their own, which are then
  /// added up in order.
  ///
  /// - Parameters:
  ///   - depth: the pieces that the depth has.
  ///   - shortest: pieces that a run must have.
  ///   - workgroups: how many there should be.
  ///   - push: the push constants for so many pieces a run.
  mutating func launchRuns(
    _ shader: String, _ product: Tiling.Product, _ operands: [Operand], _ result: Operand, depth: Int,
    shortest: Int, into workgroups: Int, push: (_ length: Int) -> [Int]
  ) throws(VulkanError) {
    var product = product
    product.dtype = operands[0].type.dtype
    product.storesFloats = result.type.dtype == .f32
    (product.size, product.tile) = (choice.size, choice.tile)
    let workgroups =
      switch choice.spread {
      case .none: 1
      case .usual: workgroups
      case .wide: 4 * workgroups
      }
    let count = result.type.count, bytes = 4 * max(1, count)
    func runs(_ tiling: Tiling) -> Runs {
      // The partial results have to fit one binding.
      let most = min(workgroups / (tiling.count * product.count), depth / shortest, room / bytes)
      return Runs(depth, count: max(1, most))
    }
    var tiling = Tiling(product, limits)
    let wanted = runs(tiling)
    if wanted.count > 1, !product.storesFloats {
      product.storesFloats = true
      tiling = Tiling(product, limits)
    }
    let groups = tiling.count * product.count * wanted.count
    let target = wanted.count == 1 ? result : takeScratch(TensorType(.f32, [wanted.count * count]))
    try launch(
      shader + tiling.suffix, constants: tiling.constants,
      operands.map { ($0, .read) } + [(target, .write)],
      push: [groups, tiling.tilesM, tiling.tilesN] + push(wanted.length), groups: groups,
      subgroupSize: tiling.subgroupSize, isLinkable: !tiling.storesRepeatedly)
    guard wanted.count > 1 else { return }
    try inFloats([target], [result]) { lowering, partial, sum throws(VulkanError) in
      try lowering.reduceMiddle(.sum, partial[0], 1, wanted.count, count, sum[0])
    }
  }

  /// Operands too large for a binding: batch by batch; a single product in runs of its rows, or, where the rows
  /// of A do not lie contiguously, of its depth.
  private mutating func multiplyInParts(
    _ a: Operand, _ transposeA: Bool, _ b: Operand, _ transposeB: Bool, _ c: Operand
  ) throws(VulkanError) {
    let (batch, m, n) = (c.type.shape[0], c.type.shape[1], c.type.shape[2])
    if batch > 1 {
      let largest = [a, b, c].map(\.range.count).max() ?? 0
      let items = largest / batch <= room ? try runs(batch, bytes: largest, "matmul") : nil
      for run in items ?? (0..<batch).map({ $0..<$0 + 1 }) {
        try matmul(a.part(run), transposed: transposeA, b.part(run), transposed: transposeB, c.part(run))
      }
    } else if !transposeA {
      let (a, c) = (a.reshaped([m, a.type.count / m]), c.reshaped([m, n]))
      let b = b.reshaped(Shape(Array(b.type.shape.dimensions.dropFirst())))
      guard fits([b]), m > 1 else { throw .unsupported("a product with an operand of \(b.type)") }
      try overLeading([a, c], "matmul") { lowering, parts throws(VulkanError) in
        try lowering.matmul(parts[0], transposed: false, b, transposed: transposeB, parts[1])
      }
    } else {
      let k = a.type.shape[1]
      guard !transposeB, fits([c]), k > 1 else { throw .unsupported("a transposed product of \(a.type)") }
      let (a, b) = (a.reshaped([k, m]), b.reshaped([k, n]))
      let parts = try runs(k, bytes: max(a.range.count, b.range.count), "matmul")
      let partial = takeScratch(TensorType(.f32, [parts.count, m, n]))
      for (number, run) in parts.enumerated() {
        let target = partial.part(number..<number + 1).reshaped([m, n])
        try matmul(a.part(run), transposed: true, b.part(run), transposed: false, target)
      }
      try reduceMiddle(.sum, partial, 1, parts.count, m * n, c)
    }
  }

  /// Whether matrix units multiply these operands as they are stored.
  func usesMatrices(_ op: Op, _ inputs: [Operand], _ result: Operand) -> Bool {
    let dtype = inputs[0].type.dtype
    guard limits.matrices[dtype] != nil, inputs.allSatisfy({ $0.type.dtype == dtype }),
      [.f32, dtype].contains(result.type.dtype), fits(inputs + [result]), beginOnFours(inputs + [result])
    else { return false }
    switch op {
    case .conv(let g), .convGradInput(let g), .convGradWeight(let g): return !g.areChannelsOdd
    case .matmul(let transposeA, let transposeB):
      let shape = result.type.shape, a = inputs[0].type.shape
      guard result.type.count > 0 else { return false }
      return !Self.isOdd(
        shape[shape.rank - 2], shape[shape.rank - 1], a[a.rank - (transposeA ? 2 : 1)], transposeA, transposeB
      )
    default: return false
    }
  }
}
