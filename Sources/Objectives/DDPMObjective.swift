import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoSamplers

/// Prediction along a discrete chain x_t = √ᾱ_t·clean + √(1−ᾱ_t)·noise (Ho et al., "Denoising diffusion
/// probabilistic models", 2020).
public struct DDPMObjective: DenoisingObjective, Hashable {
  /// What the network predicts; names as in diffusers.
  public enum Prediction: String, Sendable, CaseIterable {
    /// The noise.
    case noise = "epsilon"
    /// The clean image.
    case clean = "sample"
    /// √ᾱ·noise − √(1−ᾱ)·clean (Salimans and Ho, "Progressive distillation", 2022).
    case velocity = "v_prediction"
  }

  public var prediction: Prediction
  public var betas: BetaSchedule

  public init(_ prediction: Prediction = .noise, betas: BetaSchedule = BetaSchedule(.linear)) {
    self.prediction = prediction
    self.betas = betas
  }

  public var noiseSchedule: NoiseSchedule { .timesteps(betas) }

  /// The timestep of each image, a whole number below `betas.count`.
  public func levels(_ key: Tensor, batch: Int) throws -> Tensor {
    try (key.uniform(.noiseLevel, [batch]) * Double(betas.count)).cast(.i32).cast(.f32)
  }

  /// ‖prediction − target‖², a mean over each image.
  public func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let signal = try table(level) { $0.squareRoot() }, spread = try table(level) { (1 - $0).squareRoot() }
    let prediction = try network(signal * clean + spread * noise, level, conditions)
    let target =
      switch self.prediction {
      case .noise: noise
      case .clean: clean
      case .velocity: try signal * noise - spread * clean
      }
    return try (prediction - target).meanSquarePerImage()
  }

  public func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let level = try sigma.perImage()
    // √ᾱ = 1/√(1 + σ²), √(1−ᾱ) = σ·√ᾱ.
    let signal = try (level.squared() + 1).sqrt().reciprocal()
    let prediction = try network(signal * x, timestep(sigma), conditions)
    return switch self.prediction {
    case .noise: try x - level * prediction
    case .clean: prediction
    case .velocity: try signal.squared() * x - level * signal * prediction
    }
  }

  /// A function of ᾱ at whole timesteps [N] → (N, 1, 1, 1).
  private func table(_ level: Tensor, _ function: (Double) -> Double) throws -> Tensor {
    let values = betas.cumulativeAlphas.map(function)
    return try level.graph.constant(values, .f32, [betas.count]).gather(level.cast(.i32)).perImage()
  }

  /// The timestep of each noise level [N] → [N], between whole ones linear in ln σ, and whole where σ is that
  /// of a whole one.
  ///
  /// Each interval between neighbouring timesteps adds how much of it lies below ln σ.
  private func timestep(_ sigma: Tensor) throws -> Tensor {
    let logs = (0..<betas.count).map { log(betas.sigma($0)) }
    let intervals = zip(logs, logs.dropFirst())
    let shape: Shape = [1, betas.count - 1]
    let starts = try sigma.graph.constant(intervals.map { $0.0 }, .f32, shape)
    let slopes = try sigma.graph.constant(intervals.map { 1 / ($0.1 - $0.0) }, .f32, shape)
    let parts = try (sigma.log().reshape([sigma.shape.count, 1]) - starts) * slopes
    let clamped = try -((-parts.max(parts.splat(0))).max(parts.splat(-1)))
    let t = try clamped.reduceSum([1]).reshape(sigma.shape)
    // float32 leaves errors of about 1e-4, which the embedding's highest frequency would show.
    let whole = try (t + 0.5).cast(.i32).cast(.f32)
    let isWhole = try (t - whole).squared().isLess(than: t.splat(1e-6))
    return try isWhole.select(whole, t)
  }
}
