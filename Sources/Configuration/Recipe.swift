import SfumatoRegistry

/// Everything that a training run is told: read from YAML, changed by flags, saved with the run.
public struct Recipe: RecipeSection {
  /// Name of the run.
  public var name = "untitled"
  public var data = DataRecipe()
  public var model = ModelRecipe()
  /// What the model is told of images, by condition, each with its options; `data.label` asks for the class.
  public var conditions: [String: [String: OptionValue]] = [:]
  public var objective = ObjectiveRecipe()
  public var optimizer = OptimizerRecipe()
  public var training = TrainingRecipe()
  public var sampling = SamplingRecipe()
  /// Observers of training by their names, each with its options.
  public var observers: [String: [String: OptionValue]] = [:]
  /// Name of a backend, or `auto`.
  public var backend = "auto"

  /// The recipe with every value at its default.
  public init() {}

  static let fields: [RecipeField<Recipe>] = [
    .text("name", \.name),
    .section("data", \.data),
    .section("model", \.model),
    .optionSets("conditions", \.conditions, example: "class: {}"),
    .section("objective", \.objective),
    .section("optimizer", \.optimizer),
    .section("training", \.training),
    .section("sampling", \.sampling),
    .optionSets("observers", \.observers, example: "csv: {}"),
    .text("backend", \.backend),
  ]

  static var keyPaths: [String] {
    fields.map(\.key)
      + [
        ("data", DataRecipe.keyPaths), ("model", ModelRecipe.keyPaths),
        ("objective", ObjectiveRecipe.keyPaths), ("optimizer", OptimizerRecipe.keyPaths),
        ("training", TrainingRecipe.keyPaths), ("sampling", SamplingRecipe.keyPaths),
      ].flatMap { section, keys in keys.map { section + "." + $0 } }
  }

  /// Where the options are that were keys of sections.
  static var movedKeyPaths: [String] {
    [
      ("model", ModelRecipe.movedKeys), ("objective", ObjectiveRecipe.movedKeys),
      ("optimizer", OptimizerRecipe.movedKeys),
    ].flatMap { section, keys in
      keys.flatMap(\.options).map { "\(section).options.\($0.name)" }
    }
  }
}
