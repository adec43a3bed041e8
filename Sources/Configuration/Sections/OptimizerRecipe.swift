import SfumatoRegistry

/// How parameters follow their gradients.
public struct OptimizerRecipe: RecipeSection {
  /// Name of an optimizer.
  public var kind = "adamw"
  public var learningRate = 1e-3
  /// Decay of the first and second moments.
  public var betas = [0.9, 0.999]
  public var eps = 1e-8
  public var weightDecay = 0.0
  /// Longest gradient norm; longer gradients are scaled down to it. 0 for no limit.
  public var gradientClip = 1.0
  /// `constant`, or `cosine` down to 0 over the run.
  public var schedule = "constant"
  /// Steps over which the learning rate rises from 0.
  public var warmupSteps = 100
  /// Decay per step of the moving average of the parameters that pictures are made with.
  public var ema = 0.999
  /// Further options of the optimizer, which it checks.
  public var options: [String: OptionValue] = [:]

  public init() {}

  static let fields: [RecipeField<OptimizerRecipe>] = [
    .text("kind", \.kind),
    .number("learning_rate", \.learningRate, in: 0...10),
    .numbers("betas", \.betas, count: 2, in: 0...0.99999),
    .number("eps", \.eps, in: 1e-16...1),
    .number("weight_decay", \.weightDecay, in: 0...10),
    .number("gradient_clip", \.gradientClip, in: 0...1e9),
    .choice("schedule", \.schedule, of: ["constant", "cosine"]),
    .integer("warmup_steps", \.warmupSteps, in: 0...1_000_000_000),
    .number("ema", \.ema, in: 0...0.9999999),
    .options("options", \.options),
  ]

  /// The options as the optimizer's definition in the registry takes them: the keys that concern this kind,
  /// and `options`.
  public var definitionOptions: [String: OptionValue] {
    let named: [String: OptionValue] =
      kind == "adamw"
      ? [
        "beta1": .number(betas.first ?? 0.9), "beta2": .number(betas.last ?? 0.999), "eps": .number(eps),
        "weight_decay": .number(weightDecay),
      ] : [:]
    return named.merging(options) { $1 }
  }
}
