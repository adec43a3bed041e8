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

  /// The keys that are options of some optimizers only, with the options' names.
  private var special: [(key: String, values: [(option: String, value: OptionValue, usual: OptionValue)])] {
    let usual = Self()
    func value(_ option: String, _ path: (Self) -> Double) -> (String, OptionValue, OptionValue) {
      (option, .number(path(self)), .number(path(usual)))
    }
    return [
      ("betas", [value("beta1") { $0.betas.first ?? 0.9 }, value("beta2") { $0.betas.last ?? 0.999 }]),
      ("final_beta2", [value("final_beta2") { $0.finalBeta2 ?? -1 }]), ("eps", [value("eps", \.eps)]),
      ("weight_decay", [value("weight_decay", \.weightDecay)]),
    ]
  }

  /// The options of an optimizer that declares `known`: those that the keys of this section give, and `options`.
  ///
  /// - Parameter scheduleSteps: of what changes along a cosine.
  /// - Throws: `RecipeError.inapplicable` for a key that was given and is none of its options.
  public func definitionOptions(_ known: [PluginOption], scheduleSteps: Int) throws(RecipeError) -> [String:
    OptionValue]
  {
    let names = Set(known.map(\.name))
    var found: [String: OptionValue] = [:]
    for (key, values) in special {
      for (option, value, usual) in values where value != usual {
        guard names.contains(option) else {
          throw .inapplicable(
            key: "optimizer." + key, owner: "the optimizer \(kind)", options: known.map(\.name))
        }
        found[option] = value
      }
    }
    if names.contains("schedule_steps") { found["schedule_steps"] = .number(Double(scheduleSteps)) }
    return found.merging(options) { $1 }
  }
}
