import Sfumato

/// EDM's objective, whose loss L becomes L/eᵘ + u with a learned number u (Kendall et al., "Multi-task learning using uncertainty",
/// 2018): at the best u its derivative by the network is that of ln L, so that the learning rate does not depend on the data's scale.
struct LearnedWeight: DenoisingObjective {
  private let edm = EDMObjective()

  var noiseSchedule: NoiseSchedule { edm.noiseSchedule }

  func levels(_ key: Tensor, batch: Int) throws -> Tensor { try edm.levels(key, batch: batch) }

  func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let losses = try edm.losses(
      clean: clean, noise: noise, level: level, conditions: conditions, network: network, in: scope)
    let u = try scope.parameter("log_variance", [1], .zeros)
    return try losses * (-u).exp() + u
  }

  func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork, in scope: Scope
  ) throws -> Tensor {
    try edm.denoised(x, sigma: sigma, conditions: conditions, network: network, in: scope)
  }

  static let definition = ObjectiveDefinition(
    name: "edm-weighted", summary: "EDM's, divided by a learned variance"
  ) { _ in LearnedWeight() }
}
