import SfumatoGraph

extension Tensor {
  /// Each pixel of (N, H, W, C) four times → (N, 2H, 2W, C).
  public func upsampledNearest() throws -> Tensor {
    guard shape.rank == 4 else {
      throw GraphError(
        operation: "upsample", node: graph.scope, problem: "expected images of rank 4, found \(type)")
    }
    let (n, h, w, c) = (shape[0], shape[1], shape[2], shape[3])
    return try reshape([n, h, 1, w, 1, c]).broadcast([n, h, 2, w, 2, c]).reshape([n, 2 * h, 2 * w, c])
  }

  /// The mean of each 2×2 pixels of (N, H, W, C) → (N, H/2, W/2, C).
  public func downsampledMean() throws -> Tensor {
    guard shape.rank == 4, shape[1] % 2 == 0, shape[2] % 2 == 0 else {
      throw GraphError(
        operation: "downsample", node: graph.scope,
        problem: "expected images of rank 4 with even sides, found \(type)")
    }
    let (n, h, w, c) = (shape[0], shape[1] / 2, shape[2] / 2, shape[3])
    return try reshape([n, h, 2, w, 2, c]).reduceMean([2, 4]).reshape([n, h, w, c])
  }
}
