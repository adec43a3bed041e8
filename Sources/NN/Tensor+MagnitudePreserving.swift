import SfumatoGraph

/// Functions that keep the magnitude, that is the root mean square, of what goes through them (Karras et al., "Analyzing and
/// improving the training dynamics of diffusion models", 2024, called EDM2 here).
extension Tensor {
  /// What is added to a magnitude that something is divided by.
  static let magnitudeEpsilon = 1e-4

  /// This tensor over its magnitude along `axes`: x/(10⁻⁴ + ‖x‖/√n), with n elements along them. It is computed in f32 and is of
  /// this tensor's type.
  public func unitMagnitude(_ axes: [Int]) throws -> Tensor {
    let x = try cast(.f32)
    // The first term changes no value, and makes the gradient at 0 a number.
    let magnitude = try (x.squared().reduceMean(axes) + 1e-20).sqrt()
    return try (x * (magnitude + Self.magnitudeEpsilon).reciprocal()).cast(dtype)
  }

  /// silu(x)/0.596, of magnitude 1 for Gaussian x of deviation 1 (EDM2, equation 81).
  public func mpSilu() throws -> Tensor { try silu() * (1 / 0.596) }

  /// ((1 − t)·a + t·b)/√((1 − t)² + t²), with this tensor as a: of magnitude 1 where a and b are, and are independent (EDM2,
  /// equation 88).
  public func mpSum(_ b: Tensor, _ t: Double) throws -> Tensor {
    let length = ((1 - t) * (1 - t) + t * t).squareRoot()
    return try self * ((1 - t) / length) + b * (t / length)
  }

  /// The features of this tensor (…, A), then those of `b` (…, B) → (…, A + B), each scaled so that they contribute to the
  /// magnitude as 1 − t to t, however many they are (EDM2, equation 103).
  public func mpConcat(_ b: Tensor, _ t: Double) throws -> Tensor {
    guard let own = shape.dimensions.last, let other = b.shape.dimensions.last, own > 0, other > 0 else {
      throw GraphError(
        operation: "mpConcat", node: graph.scope, problem: "\(type) and \(b.type) must both have features")
    }
    let common = (Double(own + other) / ((1 - t) * (1 - t) + t * t)).squareRoot()
    return try .concat(
      [
        self * ((1 - t) * common / Double(own).squareRoot()),
        b * (t * common / Double(other).squareRoot()),
      ], axis: shape.rank - 1)
  }

  /// Fourier features √2·cos(frequency·level + phase) of noise levels [N] → [N, size], with frequencies and phases [size]
  /// (EDM2, equation 75).
  public func mpFourier(frequencies: Tensor, phases: Tensor) throws -> Tensor {
    let angles = try reshape([shape.count, 1]) * frequencies.reshape([1, frequencies.shape.count])
    return try (angles + phases).cos() * 2.0.squareRoot()
  }
}
