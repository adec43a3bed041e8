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

  /// The options by which objectives know the keys of this section, where their names differ.
  private static let optionNames = ["p_mean": "log_mean", "p_std": "log_deviation"]

  /// The options of an objective that declares `known`: those that the keys of this section give, and `options`.
  ///
  /// - Parameter dropsLabels: whether it learns some images without their class.
  /// - Throws: `RecipeError.inapplicable` for a key that was given and is none of its options.
  public func definitionOptions(_ known: [PluginOption], dropsLabels: Bool) throws(RecipeError) -> [String:
    OptionValue]
  {
    let names = Set(known.map(\.name))
    var found: [String: OptionValue] = [:]
    for (key, value) in given where !["kind", "options"].contains(key) {
      if key == "label_dropout", dropsLabels { continue }
      let option = Self.optionNames[key] ?? key
      guard names.contains(option) else {
        throw .inapplicable(
          key: "objective." + key, owner: "the objective \(kind)", options: known.map(\.name))
      }
      found[option] = value.optionValue
    }
    return found.merging(options) { $1 }
  }
}
