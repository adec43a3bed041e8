import SfumatoGraph

/// A network as an objective sees it: noisy images (N, H, W, C), the noise level or timestep to condition on, f32 [N], and what else
/// it is told → a prediction (N, H, W, C).
public struct DenoisingNetwork {
  public typealias Trace = (_ x: Tensor, _ noise: Tensor, _ conditions: Conditioning) throws ->
    DenoisingOutput
  private let trace: Trace

  public init(_ trace: @escaping Trace) { self.trace = trace }

  /// The prediction.
  public func callAsFunction(_ x: Tensor, _ noise: Tensor, _ conditions: Conditioning) throws -> Tensor {
    try output(x, noise, conditions).prediction
  }

  /// The prediction, and what else the network says.
  public func output(_ x: Tensor, _ noise: Tensor, _ conditions: Conditioning) throws -> DenoisingOutput {
    try trace(x, noise, conditions)
  }
}

/// What a denoising network returns.
public struct DenoisingOutput {
  /// (N, H, W, C).
  public var prediction: Tensor
  /// What else it says, by name, such as a `log_variance`, for objectives that know of it.
  public var heads: [String: Tensor]

  public init(_ prediction: Tensor, heads: [String: Tensor] = [:]) {
    self.prediction = prediction
    self.heads = heads
  }
}
