import SfumatoRegistry

/// How parameters follow their gradients.
public struct OptimizerRecipe: ChoiceSection {
  /// Name of an optimizer.
  public var kind = "adamw"
  public var learningRate = 1e-3
  /// What a `cosine` schedule ends at.
  public var finalLearningRate = 0.0
  /// Longest gradient norm; longer gradients are scaled down to it. 0 for no limit.
  public var gradientClip = 1.0
  /// `constant`, or `cosine` down to the final learning rate.
  public var schedule = "constant"
  /// Steps that everything that follows a cosine takes, learning rate and others; null for the whole run.
  public var scheduleSteps: Int?
  /// Steps over which the learning rate rises from 0.
  public var warmupSteps = 100
  /// Decay per step of the moving average of the parameters that images are made with.
  public var ema = 0.999
  /// In place of `ema`: images in which half of the average is forgotten, from 0 up to this along a cosine; null for `ema`.
  public var emaHalfLife: Int?
  /// Patterns of parameters' names, each with options that hold for them, and `rate`, a factor of the learning rate.
  public var groups: [String: [String: OptionValue]] = [:]
  /// The optimizer's options, which it declares.
  public var options: [String: OptionValue] = [:]

  public init() {}

  static let fields: [RecipeField<OptimizerRecipe>] = [
    .text("kind", \.kind),
    .number("learning_rate", \.learningRate, in: 0...10),
    .number("final_learning_rate", \.finalLearningRate, in: 0...10),
    .number("gradient_clip", \.gradientClip, in: 0...1e9),
    .choice("schedule", \.schedule, of: ["constant", "cosine"]),
    .optionalInteger("schedule_steps", \.scheduleSteps, in: 1...1_000_000_000),
    .integer("warmup_steps", \.warmupSteps, in: 0...1_000_000_000),
    .number("ema", \.ema, in: 0...0.9999999),
    .optionalInteger("ema_half_life", \.emaHalfLife, in: 1...1_000_000_000),
    .optionSets("groups", \.groups, example: "\"*.bias\": {weight_decay: 0, rate: 0.5}"),
    .options("options", \.options),
  ]

  static let movedKeys: [MovedKey] = [
    MovedKey("betas", [("beta1", 0.9), ("beta2", 0.999)]),
    MovedKey("final_beta2", usual: .null),
    MovedKey("eps", usual: 1e-8),
    MovedKey("weight_decay", usual: 0),
  ]
}
