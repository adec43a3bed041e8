import Sfumato

/// inferena's objective: the mean square of the difference between what the network makes of the images and cos(0.007·i), with i
/// the number of an element in (N, H, W, C). Nothing is noisy, and nothing can be sampled.
struct WaveRegression: DenoisingObjective {
  var noiseSchedule: NoiseSchedule { .karras() }

  /// There is no noise; zeros.
  func levels(_ key: Tensor, batch: Int) throws -> Tensor { try key.graph.constant(0, .f32, [batch]) }

  func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let count = clean.shape.count
    let place = try clean.graph.iota(axis: 0, [count]).cast(.f32)
    let target = try (place * 0.007).cos().reshape(clean.shape)
    let difference = try network(clean, level, conditions) - target
    return try difference.squared().reduceMean([1, 2, 3]).reshape([clean.shape[0]])
  }

  func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork, in scope: Scope
  ) throws -> Tensor {
    try network(x, sigma, conditions)
  }

  static let definition = ObjectiveDefinition(
    name: "waves", summary: "the regression of the benchmark inferena", options: []
  ) { _ in WaveRegression() }
}
