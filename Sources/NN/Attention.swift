import SfumatoGraph

extension Tensor {
  /// Scaled dot-product attention (Vaswani et al., 2017) of queries (N, L, heads·d) over keys and values
  /// (N, M, heads·d) → (N, L, heads·d).
  ///
  /// Everything in between is f32. It is the region `attention` with inputs (queries, keys, values) and the attribute heads;
  /// its gradient is the region `attentionGrad` with inputs (queries, keys, values, dy) and outputs (dqueries, dkeys,
  /// dvalues). Both compute the scores, N·heads·L·M of them, so that a kernel need not write them to memory.
  public func attention(keys: Tensor, values: Tensor, heads: Int) throws -> Tensor {
    guard shape.rank == 3, keys.shape.rank == 3, heads > 0, shape[2] > 0, shape[2] % heads == 0,
      keys.shape[0] == shape[0], keys.shape[2] == shape[2]
    else {
      throw GraphError(
        operation: "attention", node: graph.scope,
        problem: "\(type) and \(keys.type) must be (N, length, features) with features in \(heads) heads")
    }
    guard values.type == keys.type else {
      throw GraphError(
        operation: "attention", node: graph.scope,
        problem: "there must be as many values as keys: keys are \(keys.type), values \(values.type)")
    }
    let attention = Attention(heads: heads, size: shape[2] / heads)
    return try graph.region(
      "attention", attributes: attention.attributes, [self, keys, values], gradient: attention.gradient,
      body: { [try attention.forward($0[0], $0[1], $0[2])] })[0]
  }
}

/// The decomposition of the regions `attention` and `attentionGrad`.
private struct Attention {
  let heads: Int
  /// Features of a head.
  let size: Int

  var attributes: [String: Attribute] { ["heads": .int(heads)] }
  private var scale: Double { 1 / Double(size).squareRoot() }

  func forward(_ queries: Tensor, _ keys: Tensor, _ values: Tensor) throws -> Tensor {
    try merge(probabilities(split(queries), split(keys)).matmul(split(values))).cast(queries.dtype)
  }

  /// Maps (queries, keys, values, y, dy) to their cotangents, through a region of its own.
  func gradient(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) throws -> [Tensor] {
    try inputs[0].graph.region("attentionGrad", attributes: attributes, inputs + [cotangents[0]]) {
      try backward($0[0], $0[1], $0[2], $0[3])
    }
  }

  private func backward(_ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ dy: Tensor) throws -> [Tensor]
  {
    let (q, k, v, dy) = (try split(queries), try split(keys), try split(values), try split(dy))
    let p = try probabilities(q, k)
    let slope = try p.softmaxGradient(dy.matmul(v, transposeB: true)) * scale
    let slopes = [
      try slope.matmul(k), try slope.matmul(q, transposeA: true), try p.matmul(dy, transposeA: true),
    ]
    return try slopes.map { try merge($0).cast(queries.dtype) }
  }

  /// (N, heads, L, M), each row with the sum 1.
  private func probabilities(_ queries: Tensor, _ keys: Tensor) throws -> Tensor {
    try (queries.matmul(keys, transposeB: true) * scale).softmax()
  }

  /// (N, length, heads·d) → (N, heads, length, d), as f32.
  private func split(_ operand: Tensor) throws -> Tensor {
    let x = try operand.cast(.f32), (n, length) = (x.shape[0], x.shape[1])
    return heads == 1
      ? try x.reshape([n, 1, length, size])
      : try x.reshape([n, length, heads, size]).transpose([0, 2, 1, 3])
  }

  /// (N, heads, length, d) → (N, length, heads·d).
  private func merge(_ x: Tensor) throws -> Tensor {
    try (heads == 1 ? x : x.transpose([0, 2, 1, 3])).reshape([x.shape[0], x.shape[2], heads * size])
  }
}
