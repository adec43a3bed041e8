import Foundation
import SfumatoGraph

extension Tensor {
  /// Sinusoids of timesteps [N] → [N, size]: sin and cos of t·f_i, f_i = 10000^(−i/(size/2 − shift))
  /// (Vaswani et al., 2017), the cosines first where `cosineFirst`. An odd `size` ends in a zero.
  public func sinusoidalEmbedding(size: Int, cosineFirst: Bool, frequencyShift: Double) throws -> Tensor {
    let half = size / 2
    let decay = -Foundation.log(10000.0) / (Double(half) - frequencyShift)
    let frequencies = (0..<half).map { Foundation.exp(decay * Double($0)) }
    let angles = try reshape([shape.count, 1]) * graph.constant(frequencies, dtype, [1, half])
    let waves = try [angles.sin(), angles.cos()]
    let embedded = try Tensor.concat(cosineFirst ? waves.reversed() : waves, axis: 1)
    return try embedded.pad(low: [0, 0], high: [0, size % 2])
  }

  /// Fourier features of noise levels [N] → [N, 2·size]: sin, then cos, of 2π·ln(t)·weight
  /// (Song et al., "Score-based generative modeling through SDEs", 2021).
  public func fourierEmbedding(weight: Tensor) throws -> Tensor {
    let size = weight.shape.count
    let angles = try log().reshape([shape.count, 1]) * weight.reshape([1, size]) * (2 * Double.pi)
    return try Tensor.concat([angles.sin(), angles.cos()], axis: 1)
  }
}
