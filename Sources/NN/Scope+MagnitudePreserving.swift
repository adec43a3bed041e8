import SfumatoGraph

/// Layers without bias whose results have the magnitude of what goes in (Karras et al., "Analyzing and improving the training
/// dynamics of diffusion models", 2024, equation 47).
///
/// The rows of `weight` are w/(magnitude of w)/√n, with n elements a row, so that only their directions count. They begin
/// Gaussian and keep to `Constraint.unitRows`. As other layers, these compute in the type of their input.
extension Scope {
  /// Convolution of `x` (N, H, W, C) → (N, H, W, channels) with the parameter `weight`.
  ///
  /// - Parameter kernel: odd.
  public func mpConv2d(_ x: Tensor, channels: Int, kernel: Int = 3) throws -> Tensor {
    try traced {
      guard x.shape.rank == 4 else { throw problem("conv2d", "expected images of rank 4, found \(x.type)") }
      let depth = x.shape[3], edge = kernel / 2
      let weight = try unitRows([channels, kernel, kernel, depth], layout: .kernel)
      let scaled = try weight / Double(max(depth * kernel * kernel, 1)).squareRoot()
      return try x.conv(scaled.cast(x.dtype), padding: (edge, edge, edge, edge))
    }
  }

  /// `x` (…, in) → (…, out): x·wᵀ, with the parameter `weight` [out, in].
  public func mpLinear(_ x: Tensor, _ out: Int) throws -> Tensor {
    try traced {
      guard let size = x.shape.dimensions.last else {
        throw problem("linear", "expected a tensor with features along its last axis, found a scalar")
      }
      let weight = try unitRows([out, size]) / Double(max(size, 1)).squareRoot()
      let rows = try x.reshape([x.shape.count / max(size, 1), size])
      let y = try rows.matmul(weight.cast(x.dtype), transposeB: true)
      return try y.reshape(Shape(x.shape.dimensions.dropLast() + [out]))
    }
  }

  /// Columns of `weight` [size, count] at `indices` i32 [N] → [N, size]: `mpLinear` of one-hot vectors of magnitude 1.
  public func mpEmbedding(_ indices: Tensor, count: Int, size: Int) throws -> Tensor {
    try traced { try unitRows([size, count]).transpose([1, 0]).gather(indices) }
  }

  /// Fourier features of noise levels [N] → [N, size], whose `frequencies` are 2π times Gaussian and whose `phases` are uniform
  /// on the circle. Both stay as they are; see `Tensor.mpFourier`.
  public func mpFourier(_ noise: Tensor, size: Int) throws -> Tensor {
    try traced {
      try noise.mpFourier(
        frequencies: parameter("frequencies", [size], .normal(deviation: 2 * .pi), isTrainable: false),
        phases: parameter("phases", [size], .uniform(bound: .pi), isTrainable: false))
    }
  }

  /// `x` times the parameter `gain` [1], which begins at 0.
  public func gained(_ x: Tensor) throws -> Tensor {
    try traced { try x * parameter("gain", [1], .zeros).cast(x.dtype) }
  }

  /// The parameter `weight`, its rows of magnitude 1.
  private func unitRows(_ shape: Shape, layout: Parameter.Layout = .same) throws -> Tensor {
    try Constraint.unitRows(
      parameter("weight", shape, .normal(deviation: 1), layout: layout, constraint: .unitRows))
  }
}
