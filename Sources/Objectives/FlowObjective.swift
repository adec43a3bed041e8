import SfumatoGraph
import SfumatoNN
import SfumatoSamplers

/// Linear flow matching (Lipman et al., 2023; Liu et al., "Flow straight and fast", 2023): along
/// x_t = t·clean + (1 − t)·noise the network predicts clean − noise. It is conditioned on 1000·t.
public struct FlowObjective: DenoisingObjective, Hashable {
  /// How t is drawn in training.
  public enum Times: String, Sendable, CaseIterable {
    case uniform
    /// sigmoid of a Gaussian (Esser et al., 2024), which favours the middle.
    case logitNormal = "logit_normal"
  }

  public var times: Times

  public init(times: Times = .uniform) { self.times = times }

  public var noiseSchedule: NoiseSchedule { .flow }

  /// t of each image.
  public func levels(_ key: Tensor, batch: Int) throws -> Tensor {
    switch times {
    case .uniform: try key.uniform(.noiseLevel, [batch])
    case .logitNormal: try key.normal(.noiseLevel, [batch]).sigmoid()
    }
  }

  /// ‖prediction − (clean − noise)‖², a mean over each image.
  public func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let t = try level.perImage()
    let prediction = try network(t * clean + (1 - t) * noise, level * 1000, conditions)
    return try (prediction - (clean - noise)).meanSquarePerImage()
  }

  /// x_t + (1 − t)·prediction at t = 1/(1 + σ), where x_t = t·x.
  public func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let time = try (sigma + 1).reciprocal(), t = try time.perImage()
    let prediction = try network(t * x, time * 1000, conditions)
    return try t * x + sigma.perImage() * t * prediction
  }
}
