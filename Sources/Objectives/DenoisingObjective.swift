import SfumatoGraph
import SfumatoNN
import SfumatoRandom
import SfumatoSamplers

/// What a network learns to predict, and how that becomes a denoiser.
///
/// Images are (N, H, W, C) with values in [-1, 1]; per-image numbers are f32 [N].
public protocol DenoisingObjective: Objective {
  /// The noise levels that samplers should visit when none are asked for.
  var noiseSchedule: NoiseSchedule { get }

  /// Draws a level of noise for each of `batch` images, in this objective's own measure, [N].
  ///
  /// - Parameter key: the step's key u32[5]; see `Op.randomBits`.
  func levels(_ key: Tensor, batch: Int) throws -> Tensor

  /// The loss of each image, [N].
  ///
  /// - Parameters:
  ///   - clean: images.
  ///   - noise: unit Gaussian noise of their shape.
  ///   - level: what `levels` drew.
  ///   - scope: where parameters of the objective's own are; they are trained with the network's.
  func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor

  /// D(x; σ): the expected clean images given x = clean + σ·noise, with σ [N].
  func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork, in scope: Scope
  ) throws -> Tensor
}

extension DenoisingObjective {
  /// The mean loss of a batch, a scalar, with levels and noise drawn from the step's key.
  ///
  /// - Parameters:
  ///   - clean: images (N, H, W, C) in [-1, 1].
  ///   - conditions: of the images; `ConditionDropout` drops some first.
  ///   - key: u32[5]; draws depend on (seed, step, row) only, not on how the batch is cut.
  public func loss(
    clean: Tensor, conditions: Conditioning, key: Tensor, network: DenoisingNetwork, in scope: Scope
  ) throws -> Tensor {
    try clean.graph.within("loss") {
      let level = try levels(key, batch: clean.shape[0])
      let noise = try key.normal(.noise, clean.shape)
      let each = try losses(
        clean: clean, noise: noise, level: level, conditions: conditions, network: network, in: scope)
      return try each.reduceMean().reshape([])
    }
  }

  /// D(x; σ) with classifier-free guidance (Ho and Salimans, 2022): D(x; σ, ∅) + scale·(D(x; σ, c) −
  /// D(x; σ, ∅)), with both evaluated as one batch.
  ///
  /// - Parameter scale: f32 scalar; 1 means no guidance.
  public func guided(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, scale: Tensor, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let batch = x.shape[0]
    let both = try denoised(
      .concat([x, x], axis: 0), sigma: .concat([sigma, sigma], axis: 0),
      conditions: conditions.followed(by: conditions.null()), network: network, in: scope)
    let with = try both.slice(axis: 0, 0..<batch), without = try both.slice(axis: 0, batch..<2 * batch)
    return try without + scale * (with - without)
  }
}

extension Tensor {
  /// Per-image numbers [N] as (N, 1, 1, 1), to be combined with images.
  func perImage() throws -> Tensor { try reshape([shape.count, 1, 1, 1]) }

  /// The mean of squares over each image, [N].
  func meanSquarePerImage() throws -> Tensor {
    try squared().reduceMean([1, 2, 3]).reshape([shape[0]])
  }
}
