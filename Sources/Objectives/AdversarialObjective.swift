import SfumatoAutodiff
import SfumatoGraph
import SfumatoNN
import SfumatoRandom

/// How a generator and a discriminator are set against each other.
///
/// Scores are f32 [N], one an image, higher for more real.
public protocol AdversarialObjective: Objective {
  /// The gradient penalty of the discriminator's loss.
  var penalty: GradientPenalty { get }
  /// What is done to every image before the discriminator sees it.
  var augmentation: StepAugmentation { get }
  /// Whether a score of 0 means something; otherwise only differences of scores do.
  var hasAbsoluteScores: Bool { get }
  /// Whether the generator's loss reads the scores of real images.
  var comparesScores: Bool { get }

  /// The discriminator's loss of each pair of a real and a generated image, [N].
  func discriminatorLosses(real: Tensor, generated: Tensor) throws -> Tensor
  /// The generator's loss of each pair, [N]; `real` is given exactly if `comparesScores`.
  func generatorLosses(real: Tensor?, generated: Tensor) throws -> Tensor
}

/// A scalar loss, and what a log should say of it: means over the batch, by name.
public struct AdversarialLoss {
  public let loss: Tensor
  public let metrics: [(name: String, value: Tensor)]
}

/// Numbers that change from step to step and that the losses read.
public struct AdversarialSettings {
  /// The weight of the gradient penalty, f32 [].
  public let penaltyWeight: Tensor
  /// The probability of each augmentation, f32 [].
  public let augmentationProbability: Tensor

  public init(penaltyWeight: Tensor, augmentationProbability: Tensor) {
    self.penaltyWeight = penaltyWeight
    self.augmentationProbability = augmentationProbability
  }
}

extension AdversarialObjective {
  /// The discriminator's loss of a batch, with as many generated images.
  ///
  /// The metrics are `discriminator_loss` without the penalty, the mean scores `score_real` and `score_made`, the penalties
  /// `r1` and `r2` (mean squared gradient norms) where they are taken, and `certainty`, how surely the discriminator tells real images: the
  /// mean sign of their scores (Karras et al., 2020, equation 1), or of what they exceed those of generated ones by where only that counts.
  ///
  /// - Parameters:
  ///   - real: images (N, H, W, C) in [-1, 1].
  ///   - conditions: of the real images, and of the generated ones too.
  ///   - key: u32[5]; draws depend on (seed, step, row) only.
  ///   - isPenalized: whether this is a step with the penalty.
  public func discriminatorLoss(
    real: Tensor, conditions: Conditioning, key: Tensor, networks: AdversarialNetworks,
    settings: AdversarialSettings,
    isPenalized: Bool = true
  ) throws -> AdversarialLoss {
    let batch = real.shape[0]
    let z = try key.normal(.discriminatorLatent, [batch, networks.latentSize])
    let generated = try real.graph.within("generated") { try networks.generate(z, conditions).stopGradient() }
    return try real.graph.within("loss") {
      let seenReal = try augmented(real, key, settings, stream: 0)
      let seenGenerated = try augmented(generated, key, settings, stream: 1)
      // One pass for both: no layer mixes images.
      let scores = try networks.discriminate(
        .concat([seenReal, seenGenerated], axis: 0), conditions.followed(by: conditions))
      let scoreReal = try scores.slice(axis: 0, 0..<batch),
        scoreGenerated = try scores.slice(axis: 0, batch..<2 * batch)
      let loss = try discriminatorLosses(real: scoreReal, generated: scoreGenerated).scalarMean()
      let certainty = try hasAbsoluteScores ? scoreReal.sign() : (scoreReal - scoreGenerated).sign()
      var metrics = [
        ("discriminator_loss", loss), ("score_real", try scoreReal.scalarMean()),
        ("score_made", try scoreGenerated.scalarMean()), ("certainty", try certainty.scalarMean()),
      ]
      guard isPenalized else { return AdversarialLoss(loss: loss, metrics: metrics) }
      let (term, parts) = try penalty.term(
        scores: scores, real: real, generated: generated, weight: settings.penaltyWeight
      ) {
        let t = try key.uniform(.interpolation, [batch, 1, 1, 1])
        let between = try real + (generated - real) * t
        return (between, try networks.discriminate(augmented(between, key, settings, stream: 0), conditions))
      }
      metrics += parts
      return AdversarialLoss(loss: try term.map { try loss + $0 } ?? loss, metrics: metrics)
    }
  }

  /// The generator's loss of a batch; the metric is `generator_loss`.
  ///
  /// - Parameter real: images (N, H, W, C) in [-1, 1], others than the discriminator's step has seen.
  public func generatorLoss(
    real: Tensor, conditions: Conditioning, key: Tensor, networks: AdversarialNetworks,
    settings: AdversarialSettings
  ) throws -> AdversarialLoss {
    let z = try key.normal(.generatorLatent, [real.shape[0], networks.latentSize])
    let generated = try networks.generate(z, conditions)
    return try real.graph.within("loss") {
      // Other draws than in the discriminator's step.
      let scoreGenerated = try networks.discriminate(
        augmented(generated, key, settings, stream: 2), conditions)
      let scoreReal =
        comparesScores
        ? try networks.discriminate(augmented(real, key, settings, stream: 3), conditions) : nil
      let loss = try generatorLosses(real: scoreReal, generated: scoreGenerated).scalarMean()
      return AdversarialLoss(loss: loss, metrics: [("generator_loss", loss)])
    }
  }

  private func augmented(
    _ images: Tensor, _ key: Tensor, _ settings: AdversarialSettings, stream: UInt32
  ) throws -> Tensor {
    try augmentation(images, key: key, probability: settings.augmentationProbability, stream: stream)
  }
}

extension Tensor {
  /// The mean of all elements, a scalar.
  func scalarMean() throws -> Tensor { try reduceMean().reshape([]) }
}
