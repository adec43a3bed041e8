import SfumatoRegistry

/// What the network learns: how noise is added and what is predicted.
public struct ObjectiveRecipe: ChoiceSection {
  /// Name of an objective, such as `edm`, `ddpm` or `flow`.
  public var kind = "edm"
  /// Probability that an image is learned without its class, for classifier-free guidance.
  public var labelDropout = usualLabelDropout
  /// The objective's options, which it declares.
  public var options: [String: OptionValue] = [:]

  public init() {}

  private static let usualLabelDropout = 0.1

  static let fields: [RecipeField<ObjectiveRecipe>] = [
    .text("kind", \.kind),
    .number("label_dropout", \.labelDropout, in: 0...1),
    .options("options", \.options),
  ]

  static let movedKeys: [MovedKey] = [
    MovedKey("sigma_data", usual: 0.5),
    MovedKey("p_mean", [("log_mean", -1.2)]),
    MovedKey("p_std", [("log_deviation", 1.2)]),
    MovedKey("prediction_type", usual: "epsilon"),
    MovedKey("beta_schedule", usual: "linear"),
    MovedKey("beta_start", usual: 1e-4),
    MovedKey("beta_end", usual: 0.02),
    MovedKey("num_train_timesteps", usual: 1000),
  ]

  /// - Throws: `RecipeError.inapplicable` where a `label_dropout` was given to an objective whose task drops no labels.
  public func checkLabelDropout(dropsLabels: Bool) throws(RecipeError) {
    guard !dropsLabels, labelDropout != Self.usualLabelDropout else { return }
    throw .inapplicable(key: "objective.label_dropout", owner: "the objective \(kind)")
  }
}
