import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// The usual adversarial losses, each with any gradient penalty.
public struct GANObjective: AdversarialObjective, Hashable {
  /// Losses of the scores r of a real and f of a generated image.
  public enum Loss: String, Sendable, CaseIterable {
    /// D: softplus(f − r), G: softplus(r − f) (Jolicoeur-Martineau, 2018; Huang et al., 2024, equation 1).
    case relativistic
    /// D: softplus(−r) + softplus(f), G: softplus(−f) (Goodfellow et al., 2014).
    case nonSaturating = "non_saturating"
    /// D: max(0, 1 − r) + max(0, 1 + f), G: −f (Lim and Ye, 2017).
    case hinge
    /// D: f − r, G: −f (Arjovsky et al., 2017).
    case wasserstein
  }

  public var loss: Loss
  public var penalty: GradientPenalty
  public var augmentation: StepAugmentation

  public init(_ loss: Loss, penalty: GradientPenalty, augmentation: StepAugmentation = StepAugmentation()) {
    self.loss = loss
    self.penalty = penalty
    self.augmentation = augmentation
  }

  public var hasAbsoluteScores: Bool { loss == .nonSaturating || loss == .hinge }
  public var comparesScores: Bool { loss == .relativistic }

  public func discriminatorLosses(real: Tensor, generated: Tensor) throws -> Tensor {
    switch loss {
    case .relativistic: try (generated - real).softplus()
    case .nonSaturating: try (-real).softplus() + generated.softplus()
    case .hinge: try (1 - real).max(real.splat(0)) + (1 + generated).max(generated.splat(0))
    case .wasserstein: try generated - real
    }
  }

  public func generatorLosses(real: Tensor?, generated: Tensor) throws -> Tensor {
    switch loss {
    case .relativistic: try ((real ?? generated.splat(0)) - generated).softplus()
    case .nonSaturating: try (-generated).softplus()
    case .hinge, .wasserstein: try -generated
    }
  }
}

// MARK: - By name

extension GANObjective {
  static let definitions: [ObjectiveDefinition] = [
    definition(
      "r3gan", "Relativistic GAN with R1 and R2, as R3GAN", .relativistic,
      GradientPenalty(.r1r2, weight: 1)),
    definition(
      "non_saturating", "The non-saturating GAN with R1 in every 16th step, as StyleGAN2", .nonSaturating,
      GradientPenalty(.r1, weight: 1, interval: 16)),
    definition("hinge", "The hinge loss", .hinge, GradientPenalty(.r1, weight: 1)),
    definition(
      "wgan_gp", "The Wasserstein distance with the penalty of WGAN-GP", .wasserstein,
      GradientPenalty(.interpolated, weight: 10)),
  ]

  private static func definition(
    _ name: String, _ summary: String, _ loss: Loss, _ usual: GradientPenalty
  ) -> ObjectiveDefinition {
    let weights = 0.0...1e6
    return ObjectiveDefinition(
      name: name, summary: summary, task: "adversarial",
      options: [
        PluginOption(
          "penalty", "Where the discriminator's gradient is penalized",
          .choice(default: usual.kind.rawValue, of: GradientPenalty.Kind.allCases.map(\.rawValue))),
        PluginOption("gamma", "Weight of the penalty", .number(default: usual.weight, in: weights)),
        PluginOption(
          "final_gamma", "Weight at the end, along a cosine; -1 for the same",
          .number(default: -1, in: -1...1e6)),
        PluginOption(
          "penalty_interval", "Steps from one with the penalty to the next",
          .integer(default: usual.interval, in: 1...1000)),
      ] + StepAugmentation.options
    ) { options in
      let weight = options.number("gamma"), final = options.number("final_gamma")
      return GANObjective(
        loss,
        penalty: GradientPenalty(
          .init(rawValue: options.choice("penalty")) ?? .none, weight: weight,
          finalWeight: final < 0 ? weight : final, interval: options.integer("penalty_interval")),
        augmentation: StepAugmentation(options))
    }
  }
}
