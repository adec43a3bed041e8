/// What the network learns: how noise is added and what is predicted.
public struct ObjectiveRecipe: RecipeSection {
  /// `edm`, `ddpm` or `flow`.
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
    .integer("num_train_timesteps", \.numTrainTimesteps, in: 1...100_000),
    .number("label_dropout", \.labelDropout, in: 0...1),
  ]
}
