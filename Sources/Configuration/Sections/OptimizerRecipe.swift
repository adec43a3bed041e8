import SfumatoRegistry

/// How parameters follow their gradients.
public struct OptimizerRecipe: RecipeSection {
  /// Name of an optimizer.
  public var kind = "adamw"
  public var learningRate = 1e-3
  /// What a `cosine` schedule ends at.
  public var finalLearningRate = 0.0
  /// Decay of the first and second moments.
  public var betas = [0.9, 0.999]
  /// adam: decay of the second moment at the end, along a cosine; null for no change.
  public var finalBeta2: Double?
  public var eps = 1e-8
  public var weightDecay = 0.0
  /// Longest gradient norm; longer gradients are scaled down to it. 0 for no limit.
  public var gradientClip = 1.0
  /// `constant`, or `cosine` down to the final learning rate.
  public var schedule = "constant"
  /// Steps that everything that follows a cosine takes, learning rate and others; null for the whole run.
  public var scheduleSteps: Int?
  /// Steps over which the learning rate rises from 0.
  public var warmupSteps = 100
  /// Decay per step of the moving average of the parameters that pictures are made with.
  public var ema = 0.999
  /// In place of `ema`: pictures in which half of the average is forgotten, from 0 up to this along a cosine; null for `ema`.
  public var emaHalfLife: Int?
  /// Further options of the optimizer, which it checks.
  public var options: [String: OptionValue] = [:]

  public init() {}

  static let fields: [RecipeField<OptimizerRecipe>] = [
    .text("kind", \.kind),
    .number("learning_rate", \.learningRate, in: 0...10),
    .number("final_learning_rate", \.finalLearningRate, in: 0...10),
    .numbers("betas", \.betas, count: 2, in: 0...0.99999),
    .optionalNumber("final_beta2", \.finalBeta2, in: 0...0.99999),
    .number("eps", \.eps, in: 1e-16...1),
    .number("weight_decay", \.weightDecay, in: 0...10),
    .number("gradient_clip", \.gradientClip, in: 0...1e9),
    .choice("schedule", \.schedule, of: ["constant", "cosine"]),
    .optionalInteger("schedule_steps", \.scheduleSteps, in: 1...1_000_000_000),
    .integer("warmup_steps", \.warmupSteps, in: 0...1_000_000_000),
    .number("ema", \.ema, in: 0...0.9999999),
    .optionalInteger("ema_half_life", \.emaHalfLife, in: 1...1_000_000_000),
    .options("options", \.options),
  ]

  /// The options as the optimizer's definition in the registry takes them: the keys that concern this kind,
  /// and `options`.
  ///
  /// - Parameter scheduleSteps: of what changes along a cosine.
  public func definitionOptions(scheduleSteps: Int) -> [String: OptionValue] {
    let moments: [String: OptionValue] = [
      "beta1": .number(betas.first ?? 0.9), "beta2": .number(betas.last ?? 0.999), "eps": .number(eps),
    ]
    let named: [String: OptionValue] =
      switch kind {
      case "adamw": moments.merging(["weight_decay": .number(weightDecay)]) { $1 }
      case "adam":
        moments.merging([
          "final_beta2": .number(finalBeta2 ?? -1), "schedule_steps": .number(Double(scheduleSteps)),
        ]) { $1 }
      default: [:]
      }
    return named.merging(options) { $1 }
  }
}
