import SfumatoRegistry

// The condition that has short forms in a recipe: `data.label` and `sampling.class`.
private let shortCondition = "class"

extension Recipe {
  /// The conditions that the recipe asks for, with their options, in whichever form.
  public var wantedConditions: [String: [String: OptionValue]] {
    guard data.label != "none" else { return conditions }
    return [shortCondition: [:]].merging(conditions) { $1 }
  }
}

extension SamplingRecipe {
  /// What images are told, in words by condition, in whichever form.
  public var words: [String: String] {
    guard let label else { return conditions }
    return conditions.merging([shortCondition: label]) { $1 }
  }
}
