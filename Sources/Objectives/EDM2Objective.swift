import SfumatoGraph
import SfumatoNN
import SfumatoRegistry
import SfumatoSamplers

/// Denoising with EDM's preconditioning and a learned weight of each noise level (Karras et al., "Analyzing and improving the
/// training dynamics of diffusion models", 2024, equations 14 to 16 and 21).
///
/// The weight follows the mean loss of a level, so that all levels count alike in training, however much the network has learned
/// of each.
public struct EDM2Objective: DenoisingObjective, Hashable {
  /// Preconditioning, and how noise levels are drawn.
  public var edm: EDMObjective
  /// Fourier features of the noise level that the log-variance is made of.
  public var features: Int

  public init(_ edm: EDMObjective = EDMObjective(logMean: -0.4, logDeviation: 1), features: Int = 128) {
    self.edm = edm
    self.features = features
  }

  public var noiseSchedule: NoiseSchedule { edm.noiseSchedule }

  /// σ of each image.
  public func levels(_ key: Tensor, batch: Int) throws -> Tensor { try edm.levels(key, batch: batch) }

  /// l/eᵘ + u, with EDM's loss l = λ(σ)·‖D − clean‖² and the log-variance u of the noise level. On average it is least where eᵘ
  /// is the mean of l at that level; then it is 1 plus the logarithm of that mean, and can be negative.
  public func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let each = try edm.losses(
      clean: clean, noise: noise, level: level, conditions: conditions, network: network, in: scope)
    let u = try logVariance(level, scope["log_variance"])
    return try each * (-u).exp() + u
  }

  /// u(c_noise) [N]: one magnitude-preserving layer over Fourier features.
  private func logVariance(_ level: Tensor, _ scope: Scope) throws -> Tensor {
    let waves = try scope.mpFourier(edm.conditioning(level), size: features)
    return try scope.mpLinear(waves, 1).reshape([level.shape.count])
  }

  public func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork, in scope: Scope
  ) throws -> Tensor {
    try edm.denoised(x, sigma: sigma, conditions: conditions, network: network, in: scope)
  }
}

extension EDM2Objective {
  static let definition = ObjectiveDefinition(
    name: "edm2", summary: "As edm, with a learned weight of each noise level",
    options: EDMObjective.options(logMean: -0.4, logDeviation: 1) + [
      PluginOption(
        "log_variance_features", "Fourier features that the learned weight is made of",
        .integer(default: 128, in: 1...4096))
    ]
  ) { EDM2Objective(EDMObjective($0), features: $0.integer("log_variance_features")) }
}
