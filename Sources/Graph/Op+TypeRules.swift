extension Op {
  /// The types of this operation's outputs for inputs of the given types.
  ///
  /// This is the one place where the rules of the primitives stand; the builder and the verifier both ask it.
  /// Throws a `GraphError` that tells the shapes found and expected.
  public func outputTypes(_ inputs: [TensorType], node: String = "") throws(GraphError) -> [TensorType] {
    func fail(_ problem: String) -> GraphError { GraphError(operation: name, node: node, problem: problem) }
    func expect(_ condition: Bool, _ problem: @autoclosure () -> String) throws(GraphError) {
      if !condition { throw fail(problem()) }
    }
    try expect(
      arity.contains(inputs.count), "expected \(arity.lowerBound) inputs, found \(inputs.count)")
    do {
      return try inferred(inputs)
    } catch {
      throw fail(error.problem)
    }
  }

  /// How many inputs the operation takes.
  private var arity: ClosedRange<Int> {
    switch self {
    case .constant, .iota: 0...0
    case .unary, .cast, .reduce, .cumsum, .reshape, .transpose, .broadcast, .slice, .pad, .stopGradient,
      .randomBits:
      1...1
    case .binary, .gather, .scatterAdd, .matmul, .conv, .convGradInput, .convGradWeight: 2...2
    case .select: 3...3
    case .concat: 1...Int.max
    case .region(let region): region.body.inputs.count...region.body.inputs.count
    }
  }

  private struct Violation: Error { var problem: String }

  private func inferred(_ inputs: [TensorType]) throws(Violation) -> [TensorType] {
    switch self {
    case .constant(let literal, let type): return [try Self.constantType(literal, type)]
    case .unary: return [try Self.floats(inputs[0])]
    case .binary(let op): return [try Self.binaryType(op, inputs[0], inputs[1])]
    case .cast(let dtype): return [TensorType(dtype, inputs[0].shape)]
    case .select: return [try Self.selectType(inputs)]
    case .reduce(_, let axes): return [try Self.reduceType(inputs[0], axes)]
    case .cumsum(let axis, _):
      try require(inputs[0].dtype.isNumber, "expected numbers, found \(inputs[0])")
      try require(
        inputs[0].shape.dimensions.indices.contains(axis), "axis \(axis) is not in shape \(inputs[0].shape)")
      return [inputs[0]]
    case .reshape(let shape): return [try Self.reshapeType(inputs[0], shape)]
    case .transpose(let permutation): return [try Self.transposeType(inputs[0], permutation)]
    case .broadcast(let shape): return [try Self.broadcastType(inputs[0], shape)]
    case .slice(let starts, let limits, let strides):
      return [try Self.sliceType(inputs[0], starts, limits, strides)]
    case .pad(let low, let high, let interior): return [try Self.padType(inputs[0], low, high, interior)]
    case .concat(let axis): return [try Self.concatType(inputs, axis)]
    case .gather: return [try Self.gatherType(inputs[0], inputs[1])]
    case .scatterAdd(let count): return [try Self.scatterType(inputs[0], inputs[1], count)]
    case .matmul(let a, let b): return [try Self.matmulType(inputs[0], inputs[1], a, b)]
    case .conv(let geometry): return [try Self.convType(geometry, inputs, .forward)]
    case .convGradInput(let geometry): return [try Self.convType(geometry, inputs, .gradInput)]
    case .convGradWeight(let geometry): return [try Self.convType(geometry, inputs, .gradWeight)]
    case .iota(let axis, let shape):
      try require((0..<shape.rank).contains(axis), "axis \(axis) is not in shape \(shape)")
      return [TensorType(.i32, shape)]
    case .randomBits(_, let bits, let shape):
      try require(inputs[0] == TensorType(.u32, [5]), "the key must be u32[5], found \(inputs[0])")
      try require((1...32).contains(bits), "bits must be 1 to 32, found \(bits)")
      return [TensorType(.u32, shape)]
    case .stopGradient: return [inputs[0]]
    case .region(let region): return try Self.regionTypes(region, inputs)
    }
  }

  private static func floats(_ type: TensorType) throws(Violation) -> TensorType {
    if !type.dtype.isFloat { throw Violation(problem: "expected a float tensor, found \(type)") }
    return type
  }

  private static func constantType(_ literal: Literal, _ type: TensorType) throws(Violation) -> TensorType {
    if case .array(let values) = literal, values.count != type.count {
      throw Violation(problem: "\(values.count) elements do not fill \(type)")
    }
    return type
  }

  private static func binaryType(
    _ op: BinaryOp, _ a: TensorType, _ b: TensorType
  ) throws(Violation) -> TensorType {
    try require(a == b, "operands differ: \(a) and \(b)")
    switch op {
    case .less, .equal: return TensorType(.bool, a.shape)
    case .pow: return try floats(a)
    case .add, .mul, .max:
      try require(a.dtype.isNumber, "expected numbers, found \(a)")
      return a
    }
  }

  private static func selectType(_ inputs: [TensorType]) throws(Violation) -> TensorType {
    try require(inputs[0].dtype == .bool, "the condition must be bool, found \(inputs[0])")
    try require(
      inputs[1] == inputs[2] && inputs[0].shape == inputs[1].shape,
      "condition \(inputs[0]) and choices \(inputs[1]) and \(inputs[2]) differ")
    return inputs[1]
  }

  private static func reduceType(_ type: TensorType, _ axes: [Int]) throws(Violation) -> TensorType {
    try require(type.dtype.isNumber, "expected numbers, found \(type)")
    try require(
      axes == Array(Set(axes)).sorted() && axes.allSatisfy((0..<type.shape.rank).contains),
      "axes \(axes) must be ascending axes of \(type)")
    return TensorType(type.dtype, type.shape.reducing(axes))
  }

  private static func reshapeType(_ type: TensorType, _ shape: Shape) throws(Violation) -> TensorType {
    try require(type.count == shape.count, "\(type) has \(type.count) elements, \(shape) has \(shape.count)")
    return TensorType(type.dtype, shape)
  }

  private static func transposeType(_ type: TensorType, _ permutation: [Int]) throws(Violation) -> TensorType
  {
    try require(
      permutation.sorted() == Array(0..<type.shape.rank),
      "\(permutation) is no permutation of the axes of \(type)")
    return TensorType(type.dtype, Shape(permutation.map { type.shape[$0] }))
  }

  private static func broadcastType(_ type: TensorType, _ shape: Shape) throws(Violation) -> TensorType {
    let fits =
      type.shape.rank == shape.rank
      && zip(type.shape.dimensions, shape.dimensions).allSatisfy { $0 == $1 || $0 == 1 }
    try require(fits, "\(type) does not broadcast to \(shape)")
    return TensorType(type.dtype, shape)
  }

  private static func sliceType(
    _ type: TensorType, _ starts: [Int], _ limits: [Int], _ strides: [Int]
  ) throws(Violation) -> TensorType {
    let rank = type.shape.rank
    try require(
      starts.count == rank && limits.count == rank && strides.count == rank,
      "\(starts), \(limits), \(strides) do not fit the rank of \(type)")
    var shape = type.shape
    for axis in 0..<rank {
      try require(
        0 <= starts[axis] && starts[axis] <= limits[axis] && limits[axis] <= type.shape[axis]
          && strides[axis] > 0,
        "\(starts[axis])..<\(limits[axis]) by \(strides[axis]) is not inside axis \(axis) of \(type)")
      shape[axis] = (limits[axis] - starts[axis] + strides[axis] - 1) / strides[axis]
    }
    return TensorType(type.dtype, shape)
  }

  private static func padType(
    _ type: TensorType, _ low: [Int], _ high: [Int], _ interior: [Int]
  ) throws(Violation) -> TensorType {
    let rank = type.shape.rank
    try require(
      low.count == rank && high.count == rank && interior.count == rank
        && (low + high + interior).allSatisfy { $0 >= 0 },
      "\(low), \(high), \(interior) must be \(rank) numbers each, none negative, for \(type)")
    var shape = type.shape
    for axis in 0..<rank {
      shape[axis] += low[axis] + high[axis] + max(0, type.shape[axis] - 1) * interior[axis]
    }
    return TensorType(type.dtype, shape)
  }

  private static func concatType(_ inputs: [TensorType], _ axis: Int) throws(Violation) -> TensorType {
    var result = inputs[0]
    try require((0..<result.shape.rank).contains(axis), "axis \(axis) is not in \(result)")
    for input in inputs.dropFirst() {
      let fits =
        input.dtype == result.dtype && input.shape.rank == result.shape.rank
        && input.shape.reducing([axis]) == result.shape.reducing([axis])
      try require(fits, "\(inputs[0]) and \(input) differ outside axis \(axis)")
      result.shape[axis] += input.shape[axis]
    }
    return result
  }

  private static func gatherType(_ operand: TensorType, _ indices: TensorType) throws(Violation) -> TensorType
  {
    try require(operand.shape.rank >= 1, "the operand must have rows, found \(operand)")
    try require(indices.dtype == .i32 && indices.shape.rank == 1, "indices must be i32[K], found \(indices)")
    return TensorType(operand.dtype, Shape([indices.shape[0]] + operand.shape.dimensions.dropFirst()))
  }

  private static func scatterType(
    _ indices: TensorType, _ updates: TensorType, _ count: Int
  ) throws(Violation) -> TensorType {
    try require(indices.dtype == .i32 && indices.shape.rank == 1, "indices must be i32[K], found \(indices)")
    try require(
      updates.shape.rank >= 1 && updates.shape[0] == indices.shape[0] && updates.dtype.isFloat,
      "updates must be floats with \(indices.shape[0]) rows, found \(updates)")
    return TensorType(updates.dtype, Shape([count] + updates.shape.dimensions.dropFirst()))
  }

  private static func matmulType(
    _ a: TensorType, _ b: TensorType, _ transposeA: Bool, _ transposeB: Bool
  ) throws(Violation) -> TensorType {
    let rank = a.shape.rank
    try require(
      a.dtype.isFloat && a.dtype == b.dtype && rank >= 2 && rank == b.shape.rank,
      "operands must be float matrices of one type and rank, found \(a) and \(b)")
    let (m, k) = transposeA ? (a.shape[rank - 1], a.shape[rank - 2]) : (a.shape[rank - 2], a.shape[rank - 1])
    let (n, kb) = transposeB ? (b.shape[rank - 2], b.shape[rank - 1]) : (b.shape[rank - 1], b.shape[rank - 2])
    let batch = a.shape.dimensions.dropLast(2)
    try require(
      k == kb && batch == b.shape.dimensions.dropLast(2),
      "\(a)\(transposeA ? "ᵀ" : "") and \(b)\(transposeB ? "ᵀ" : "") do not multiply")
    return TensorType(a.dtype, Shape(batch + [m, n]))
  }

  private enum ConvPass { case forward, gradInput, gradWeight }

  private static func convType(
    _ geometry: ConvGeometry, _ inputs: [TensorType], _ pass: ConvPass
  ) throws(Violation) -> TensorType {
    if let problem = geometry.problem { throw Violation(problem: problem) }
    let dtype = inputs[0].dtype
    try require(dtype.isFloat && inputs[1].dtype == dtype, "operands differ: \(inputs[0]) and \(inputs[1])")
    let batch = inputs[0].shape.rank == 4 ? inputs[0].shape[0] : 0
    let x = geometry.inputShape(batch: batch), y = geometry.outputShape(batch: batch),
      w = geometry.weightShape
    let (first, second, result) =
      switch pass {
      case .forward: (x, w, y)
      case .gradInput: (y, w, x)
      case .gradWeight: (x, y, w)
      }
    try require(
      inputs[0].shape == first && inputs[1].shape == second,
      "expected \(first) and \(second) for \(geometry), found \(inputs[0].shape) and \(inputs[1].shape)")
    return TensorType(dtype, result)
  }

  private static func regionTypes(_ region: Region, _ inputs: [TensorType]) throws(Violation) -> [TensorType]
  {
    for (port, input) in zip(region.body.inputs, inputs) {
      let expected = region.body[port.value]
      try require(expected == input, "input \"\(port.name)\" must be \(expected), found \(input)")
    }
    return region.body.outputs.map { region.body[$0.value] }
  }

  private static func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(Violation) {
    if !condition { throw Violation(problem: problem()) }
  }

  private func require(_ condition: Bool, _ problem: @autoclosure () -> String) throws(Violation) {
    try Self.require(condition, problem())
  }
}
