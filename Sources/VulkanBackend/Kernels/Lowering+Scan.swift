import SfumatoGraph

/// Running sums.
extension Lowering {
  /// What an invocation adds up, one element after another. Of longer lines the sums of such runs are made first, then the running
  /// sums of those, from which each run begins.
  static let scanRun = 64

  mutating func cumsum(_ x: Operand, axis: Int, reversed: Bool, _ y: Operand) throws(VulkanError) {
    let shape = x.type.shape
    guard x.type.count > 0 else { return }
    let lines = Shape([shape.dimensions[..<axis].reduce(1, *), shape[axis], shape.strides[axis]])
    let (x, y) = (x.reshaped(lines), y.reshaped(lines))
    try overLeading([x, y], "cumsum") { lowering, parts throws(VulkanError) in
      if lowering.fits(parts) {
        try lowering.scan(parts[0], reversed: reversed, parts[1], from: nil)
      } else {
        try lowering.scanInParts(parts[0], reversed: reversed, parts[1])
      }
    }
  }

  /// [outer, length, inner], beginning with `initial` [outer, inner], or with zeros.
  private mutating func scan(
    _ x: Operand, reversed: Bool, _ y: Operand, from initial: Operand?
  ) throws(VulkanError) {
    let (outer, length, inner) = (x.type.shape[0], x.type.shape[1], x.type.shape[2])
    let runs = (length + Self.scanRun - 1) / Self.scanRun
    var begin = initial
    let push = [length, inner, runs, Self.scanRun, reversed ? 1 : 0]
    let count = outer * runs * inner
    if runs > 1 {
      let type = TensorType(x.type.dtype, [outer, runs, inner])
      let (totals, sums) = (takeScratch(type), takeScratch(type))
      try launch(
        try Self.shader("cumsum_totals", x.type.dtype),
        [(x, .read), (initial ?? x, .read), (totals, .write)],
        push: [count] + push + [initial == nil ? 0 : 1], groups: Lowering.groups(count))
      try scan(totals, reversed: false, sums, from: nil)
      begin = sums
    }
    try launch(
      try Self.shader("cumsum", x.type.dtype), [(x, .read), (begin ?? x, .read), (y, .write)],
      push: [count] + push + [begin == nil ? 0 : 1], groups: Lowering.groups(count))
  }

  /// A single item in runs of its length, each beginning with the last sums of the one before.
  private mutating func scanInParts(_ x: Operand, reversed: Bool, _ y: Operand) throws(VulkanError) {
    let lines = Shape([x.type.shape[1], x.type.shape[2]])
    let (x, y) = (x.reshaped(lines), y.reshaped(lines))
    let parts = try runs(lines[0], bytes: x.range.count, "cumsum")
    var initial: Operand?
    for run in reversed ? parts.reversed() : parts {
      let shape = Shape([1, run.count, lines[1]])
      try scan(x.part(run).reshaped(shape), reversed: reversed, y.part(run).reshaped(shape), from: initial)
      initial = y.part(reversed ? run.lowerBound..<run.lowerBound + 1 : run.upperBound - 1..<run.upperBound)
    }
  }

  private static func shader(_ name: String, _ dtype: DType) throws(VulkanError) -> String {
    switch dtype {
    case .f32: name + "_f32"
    case .i32, .u32: name + "_i32"
    default: throw .unsupported("running sums of \(dtype)")
    }
  }
}
