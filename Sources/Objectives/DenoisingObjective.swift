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
  func losses(
    clean: Tensor, noise: Tensor, level: Tensor, labels: Tensor?, network: DenoisingNetwork
  ) throws -> Tensor

  /// D(x; σ): the expected clean images given x = clean + σ·noise, with σ [N].
  func denoised(_ x: Tensor, sigma: Tensor, labels: Tensor?, network: DenoisingNetwork) throws -> Tensor
}

extension DenoisingObjective {
  /// The mean loss of a batch, a scalar, with levels and noise drawn from the step's key.
  ///
  /// - Parameters:
  ///   - clean: images (N, H, W, C) in [-1, 1].
  ///   - labels: i32 [N] for a class-conditional network; `LabelDropout` drops some first.
  ///   - key: u32[5]; draws depend on (seed, step, row) only, not on how the batch is cut.
  public func loss(
    clean: Tensor, labels: Tensor?, key: Tensor, network: DenoisingNetwork
  ) throws -> Tensor {
    try clean.graph.within("loss") {
      let level = try levels(key, batch: clean.shape[0])
      let noise = try key.normal(.noise, clean.shape)
      let each = try losses(clean: clean, noise: noise, level: level, labels: labels, network: network)
      return try each.reduceMean().reshape([])
    }
  }

  /// D(x; σ) with classifier-free guidance (Ho and Salimans, 2022): D(x; σ, ∅) + scale·(D(x; σ, labels) −
  /// D(x; σ, ∅)), with both evaluated as one batch.
  ///
  /// - Parameters:
  ///   - scale: f32 scalar; 1 means no guidance.
  ///   - nullLabel: the index that stands for no label.
  public func guided(
    _ x: Tensor, sigma: Tensor, labels: Tensor, nullLabel: Int, scale: Tensor, network: DenoisingNetwork
  ) throws -> Tensor {
    let batch = x.shape[0]
    let none = try labels.splat(Double(nullLabel))
    let both = try denoised(
      .concat([x, x], axis: 0), sigma: .concat([sigma, sigma], axis: 0),
      labels: .concat([labels, none], axis: 0), network: network)
    let with = try both.slice(axis: 0, 0..<batch), without = try both.slice(axis: 0, batch..<2 * batch)
    return try without + scale * (with - without)
  }
}

/// Replaces labels by the null label at random, so that one network learns both distributions.
public struct LabelDropout: Hashable, Sendable {
  /// The probability that a label is dropped.
  public let rate: Double
  /// The index that stands for no label: one past the last class.
  public let nullLabel: Int

  public init(rate: Double, nullLabel: Int) {
    self.rate = rate
    self.nullLabel = nullLabel
  }

  /// `labels` i32 [N] with some dropped, drawn from the step's key.
  public func callAsFunction(_ labels: Tensor, key: Tensor) throws -> Tensor {
    guard rate > 0 else { return labels }
    let drawn = try key.uniform(.labelDropout, labels.shape)
    return try drawn.isLess(than: drawn.splat(rate)).select(labels.splat(Double(nullLabel)), labels)
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
