import SfumatoGraph

/// The table of derivatives, a row a primitive.
extension Op {
  /// The cotangents of the inputs for cotangents of the outputs; nil where there is none or it is not needed.
  ///
  /// Every rule emits ordinary nodes, so it can be differentiated again.
  func cotangents(
    inputs x: [Tensor], outputs y: [Tensor], cotangents g: [Tensor], needs: [Bool]
  ) throws -> [Tensor?] {
    func when(_ position: Int, _ rule: () throws -> Tensor) rethrows -> Tensor? {
      needs[position] ? try rule() : nil
    }
    switch self {
    case .constant, .iota, .randomBits, .stopGradient, .binary(.less), .binary(.equal):
      return x.map { _ in nil }
    case .unary(.exp): return [try g[0] * y[0]]
    case .unary(.log): return [try g[0] * x[0].reciprocal()]
    case .unary(.sin): return [try g[0] * x[0].cos()]
    case .unary(.cos): return [try g[0] * x[0].sin() * -1]
    case .unary(.tanh): return [try g[0] * (1 - y[0] * y[0])]
    case .unary(.sqrt): return [try g[0] * y[0].reciprocal() * 0.5]
    case .unary(.reciprocal): return [try g[0] * (y[0] * y[0]) * -1]
    case .unary(.erf): return [try g[0] * (x[0].squared() * -1).exp() * (2 / Double.pi.squareRoot())]
    case .binary(.add): return [g[0], g[0]]
    case .binary(.mul): return [try when(0) { try g[0] * x[1] }, try when(1) { try g[0] * x[0] }]
    case .binary(.max): return try maxRule(x, g[0])
    case .binary(.pow):
      return [
        try when(0) { try g[0] * x[1] * x[0].pow(x[1] - 1) }, try when(1) { try g[0] * y[0] * x[0].log() },
      ]
    case .cast: return [x[0].dtype.isFloat && g[0].dtype.isFloat ? try g[0].cast(x[0].dtype) : nil]
    case .select:
      return [
        nil, try when(1) { try x[0].select(g[0], g[0].splat(0)) },
        try when(2) { try x[0].select(g[0].splat(0), g[0]) },
      ]
    case .reduce(.sum, _): return [try g[0].broadcast(x[0].shape)]
    case .reduce(.max, let axes): return [try reduceMaxRule(x[0], y[0], g[0], axes)]
    case .cumsum(let axis, let reversed): return [try g[0].cumsum(axis: axis, reversed: !reversed)]
    case .reshape: return [try g[0].reshape(x[0].shape)]
    case .transpose(let permutation): return [try g[0].transpose(inverse(permutation))]
    case .broadcast(let shape):
      return [try g[0].reduceSum(shape.dimensions.indices.filter { x[0].shape[$0] != shape[$0] })]
    case .slice(let starts, _, let strides): return [try sliceRule(x[0].shape, g[0], starts, strides)]
    case .pad(let low, _, let interior): return [try padRule(x[0].shape, g[0], low, interior)]
    case .concat(let axis): return try concatRule(x, g[0], axis, needs)
    case .gather: return [try when(0) { try g[0].scatterAdd(x[1], count: x[0].shape[0]) }, nil]
    case .scatterAdd: return [nil, try when(1) { try g[0].gather(x[0]) }]
    case .matmul(let transposeA, let transposeB):
      return [
        try when(0) {
          transposeA
            ? try x[1].matmul(g[0], transposeA: transposeB, transposeB: true)
            : try g[0].matmul(x[1], transposeB: !transposeB)
        },
        try when(1) {
          transposeB
            ? try g[0].matmul(x[0], transposeA: true, transposeB: transposeA)
            : try x[0].matmul(g[0], transposeA: !transposeA)
        },
      ]
    case .conv(let geometry):
      return [
        try when(0) { try g[0].graph.apply(.convGradInput(geometry), g[0], x[1]) },
        try when(1) { try g[0].graph.apply(.convGradWeight(geometry), x[0], g[0]) },
      ]
    case .convGradInput(let geometry):
      return [
        try when(0) { try g[0].graph.apply(.conv(geometry), g[0], x[1]) },
        try when(1) { try g[0].graph.apply(.convGradWeight(geometry), g[0], x[0]) },
      ]
    case .convGradWeight(let geometry):
      return [
        try when(0) { try g[0].graph.apply(.convGradInput(geometry), x[1], g[0]) },
        try when(1) { try g[0].graph.apply(.conv(geometry), x[0], g[0]) },
      ]
    case .region(let region): return try regionRule(region, x, y, g, needs)
    }
  }
}

/// The larger operand takes the cotangent; equal ones take half each, as PyTorch has it.
private func maxRule(_ x: [Tensor], _ g: Tensor) throws -> [Tensor?] {
  let half = try x[0].isEqual(to: x[1]).select(g * 0.5, g.splat(0))
  return [
    try x[1].isLess(than: x[0]).select(g, half),
    try x[0].isLess(than: x[1]).select(g, half),
  ]
}

/// All elements that reach the maximum share the cotangent equally, as PyTorch's `amax` has it.
private func reduceMaxRule(_ x: Tensor, _ y: Tensor, _ g: Tensor, _ axes: [Int]) throws -> Tensor {
  let isMax = try x.isEqual(to: y.broadcast(x.shape)).cast(x.dtype)
  return try isMax * (g / isMax.reduceSum(axes))
}

private func inverse(_ permutation: [Int]) -> [Int] {
  var inverse = permutation
  for (position, axis) in permutation.enumerated() { inverse[axis] = position }
  return inverse
}

private func sliceRule(_ shape: Shape, _ g: Tensor, _ starts: [Int], _ strides: [Int]) throws -> Tensor {
  let high = shape.dimensions.indices.map { axis in
    let count = g.shape[axis]
    return shape[axis] - starts[axis] - (count == 0 ? 0 : (count - 1) * strides[axis] + 1)
  }
  return try g.pad(low: starts, high: high, interior: strides.map { $0 - 1 })
}

private func padRule(_ shape: Shape, _ g: Tensor, _ low: [Int], _ interior: [Int]) throws -> Tensor {
  let limits = shape.dimensions.indices.map { axis in
    low[axis] + (shape[axis] == 0 ? 0 : (shape[axis] - 1) * (interior[axis] + 1) + 1)
  }
  return try g.slice(starts: low, limits: limits, strides: interior.map { $0 + 1 })
}

private func concatRule(_ x: [Tensor], _ g: Tensor, _ axis: Int, _ needs: [Bool]) throws -> [Tensor?] {
  var start = 0
  return try zip(x, needs).map { operand, isNeeded in
    defer { start += operand.shape[axis] }
    return isNeeded ? try g.slice(axis: axis, start..<start + operand.shape[axis]) : nil
  }
}

/// The region's own gradient, or that of its body, in which the forward pass is computed again.
private func regionRule(
  _ region: Region, _ x: [Tensor], _ y: [Tensor], _ g: [Tensor], _ needs: [Bool]
) throws -> [Tensor?] {
  guard let graph = g.first?.graph else { return x.map { _ in nil } }
  if let gradient = region.gradient {
    var results = try graph.inline(gradient, x + y + g)[...]
    return x.map { $0.dtype.isFloat ? results.popFirst() : nil }
  }
  let variables = x.indices.filter { needs[$0] }
  let program = try GraphBuilder.trace((x + g).map(\.type)) { all in
    let inputs = Array(all[..<x.count]), cotangents = Array(all[x.count...])
    guard let body = inputs.first?.graph ?? cotangents.first?.graph else { return [] }
    let outputs = try body.inline(region.body, inputs)
    let floats = outputs.indices.filter { outputs[$0].dtype.isFloat }
    return try gradients(
      of: floats.map { outputs[$0] }, wrt: variables.map { inputs[$0] },
      cotangents: floats.map { cotangents[$0] })
  }
  let results = try graph.inline(program, x + g)
  var cotangents = [Tensor?](repeating: nil, count: x.count)
  for (position, result) in zip(variables, results) { cotangents[position] = result }
  return cotangents
}
