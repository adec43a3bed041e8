import SfumatoRegistry

/// What the network learns: how noise is added and what is predicted.
public struct ObjectiveRecipe: RecipeSection {
  /// Name of an objective, such as `edm`, `ddpm` or `flow`.
  public var kind = "edm"
  /// EDM: standard deviation of the data.
  public var sigmaData = 0.5
  /// EDM: mean of ln σ.
  public var pMean = -1.2
  /// EDM: standard deviation of ln σ.
  public var pStd = 1.2
  /// DDPM: `epsilon`, `sample` or `v_prediction`.
  public var predictionType = "epsilon"
  /// DDPM: `linear`, `scaled_linear` or `squaredcos_cap_v2`.
  public var betaSchedule = "linear"
  public var betaStart = 1e-4
  public var betaEnd = 0.02
  public var numTrainTimesteps = 1000
  /// Probability that a picture is learned without its class, for classifier-free guidance.
  public var labelDropout = 0.1
  /// Further options of the objective, which it checks.
  public var options: [String: OptionValue] = [:]

  public init() {}

  private static let positive = 1e-9...1e6

  static let fields: [RecipeField<ObjectiveRecipe>] = [
    .text("kind", \.kind),
    .number("sigma_data", \.sigmaData, in: positive),
    .number("p_mean", \.pMean, in: -20...20),
    .number("p_std", \.pStd, in: positive),
    .choice("prediction_type", \.predictionType, of: ["epsilon", "sample", "v_prediction"]),
    .choice("beta_schedule", \.betaSchedule, of: ["linear", "scaled_linear", "squaredcos_cap_v2"]),
    .number("beta_start", \.betaStart, in: 1e-9...0.999),
    .number("beta_end", \.betaEnd, in: 1e-9...0.999),
    .integer("num_train_timesteps", \.numTrainTimesteps, in: 2...100_000),
    .number("label_dropout", \.labelDropout, in: 0...1),
    .options("options", \.options),
  ]

  /// The options as the objective's definition in the registry takes them: the keys that concern this kind,
  /// and `options`.
  public var definitionOptions: [String: OptionValue] {
    let named: [String: OptionValue] =
      switch kind {
      case "edm":
        ["sigma_data": .number(sigmaData), "log_mean": .number(pMean), "log_deviation": .number(pStd)]
      case "ddpm":
        [
          "prediction_type": .text(predictionType), "beta_schedule": .text(betaSchedule),
          "beta_start": .number(betaStart), "beta_end": .number(betaEnd),
          "num_train_timesteps": .number(Double(numTrainTimesteps)),
        ]
      default: [:]
      }
    return named.merging(options) { $1 }
  }
}
