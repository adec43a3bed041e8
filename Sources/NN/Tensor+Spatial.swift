import SfumatoGraph

extension Tensor {
  /// Scaled dot-product attention (Vaswani et al., 2017) of queries (N, L, heads·d) over keys and values
  /// (N, M, heads·d) → (N, L, heads·d).
  public func attention(keys: Tensor, values: Tensor, heads: Int) throws -> Tensor {
    guard shape.rank == 3, keys.shape.rank == 3, heads > 0, shape[2] % heads == 0 else {
      throw GraphError(
        operation: "attention", node: graph.scope,
        problem: "\(type) and \(keys.type) must be (N, length, features) with features in \(heads) heads")
    }
    let size = shape[2] / heads
    func split(_ x: Tensor) throws -> Tensor {
      let (n, length) = (x.shape[0], x.shape[1])
      return heads == 1
        ? try x.reshape([n, 1, length, size])
        : try x.reshape([n, length, heads, size]).transpose([0, 2, 1, 3])
    }
    let scale = 1 / Double(size).squareRoot()
    let scores = try split(self).matmul(split(keys), transposeB: true) * scale
    let mixed = try scores.softmax().matmul(split(values))
    return try (heads == 1 ? mixed : mixed.transpose([0, 2, 1, 3])).reshape(shape)
  }

  /// Each pixel of (N, H, W, C) four times → (N, 2H, 2W, C).
  public func upsampledNearest() throws -> Tensor {
    guard shape.rank == 4 else {
      throw GraphError(
        operation: "upsample", node: graph.scope, problem: "expected images of rank 4, found \(type)")
    }
    let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
    return try reshape([n, h, 1, w, 1, c]).broadcast([n, h, 2, w, 2, c]).reshape([n, 2 * h, 2 * w, c])
  }
}
