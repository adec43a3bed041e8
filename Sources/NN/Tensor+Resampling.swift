import SfumatoGraph

/// Resampling by the low-pass filter [1, 3, 3, 1], that is [1, 2, 1]∗[1, 1], along both axes of images (N, H, W, C) with
/// zeros around them. It is what keeps a generator's and a discriminator's features free of aliasing (Zhang, 2019;
/// Karras et al., "Analyzing and improving the image quality of StyleGAN", 2020).
extension Tensor {
  /// (N, H, W, C) → (N, 2H, 2W, C): zeros between the pixels, then the filter with a gain of 4. Each new pixel is 3/4 of the
  /// nearest and 1/4 of the next one, along each axis.
  public func upsampledSmoothly() throws -> Tensor {
    try images("upsample").interpolated(axis: 2).interpolated(axis: 1)
  }

  /// (N, H, W, C) → (N, H/2, W/2, C): the filter, then every other pixel. It is the transpose of `upsampledSmoothly`, over 4.
  public func downsampledSmoothly() throws -> Tensor {
    guard shape.rank == 4, shape[1] % 2 == 0, shape[2] % 2 == 0 else {
      throw GraphError(
        operation: "downsample", node: graph.scope,
        problem: "expected images of rank 4 with even sides, found \(type)")
    }
    return try decimated(axis: 1).decimated(axis: 2)
  }

  private func images(_ operation: String) throws -> Tensor {
    guard shape.rank == 4 else {
      throw GraphError(
        operation: operation, node: graph.scope, problem: "expected images of rank 4, found \(type)")
    }
    return self
  }

  /// Twice the extent of `axis`: (3·xᵢ + xᵢ₋₁)/4 and (3·xᵢ + xᵢ₊₁)/4 for every xᵢ.
  private func interpolated(axis: Int) throws -> Tensor {
    let count = shape[axis], near = try self * 0.75
    let before = try near + shifted(axis: axis, by: 1) * 0.25
    let after = try near + shifted(axis: axis, by: -1) * 0.25
    var apart = shape.dimensions
    apart.insert(1, at: axis + 1)
    let pairs = try Tensor.concat(
      [before.reshape(Shape(apart)), after.reshape(Shape(apart))], axis: axis + 1)
    var doubled = shape.dimensions
    doubled[axis] = 2 * count
    return try pairs.reshape(Shape(doubled))
  }

  /// Half the extent of `axis`: (xᵢ₋₁ + 3·xᵢ + 3·xᵢ₊₁ + xᵢ₊₂)/8 for every other xᵢ.
  private func decimated(axis: Int) throws -> Tensor {
    let even = try every(other: 0, axis), odd = try every(other: 1, axis)
    return try (even + odd) * 0.375
      + (odd.shifted(axis: axis, by: 1) + even.shifted(axis: axis, by: -1)) * 0.125
  }

  /// Elements `first`, `first` + 2, … along `axis`.
  private func every(other first: Int, _ axis: Int) throws -> Tensor {
    var starts = Array(repeating: 0, count: shape.rank), strides = Array(repeating: 1, count: shape.rank)
    starts[axis] = first
    strides[axis] = 2
    return try slice(starts: starts, limits: shape.dimensions, strides: strides)
  }

  /// Element i − `distance` at i along `axis`, and 0 where there is none.
  private func shifted(axis: Int, by distance: Int) throws -> Tensor {
    var low = Array(repeating: 0, count: shape.rank), high = low
    let kept: Range<Int>
    if distance > 0 {
      kept = 0..<shape[axis] - distance
      low[axis] = distance
    } else {
      kept = -distance..<shape[axis]
      high[axis] = -distance
    }
    return try slice(axis: axis, kept).pad(low: low, high: high)
  }
}
