import SfumatoConditions
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoObjectives
import SfumatoOptimizers
import SfumatoRegistry
import SfumatoSamplers

/// The parts that a recipe names, found in their registries and made.
public struct Components: Sendable {
  /// With the values of all options of what it names.
  public let recipe: Recipe
  /// What the model is told of images.
  public let conditions: ConditionSet
  public let task: any TrainingTask
  public let optimizer: any Optimizer

  /// - Parameter surveys: what is known of the data, for each condition that the recipe asks for; without one it is left out.
  /// - Throws: `RegistryError` for a name or option that is not there, `ModelError` for a bad configuration,
  ///   `TrainingError.mismatched` for a model and an objective of different tasks, `ConditionError`.
  public init(recipe: Recipe, surveys: ConditionSet.Surveys = [:]) throws {
    var recipe = recipe
    optimizer = try Self.optimizer(&recipe)
    (task, conditions) = try Self.task(&recipe, surveys)
    recipe.observers = try TrainingObservers.checked(recipe.observers)
    self.recipe = recipe
    try task.check(recipe)
  }

  private static func optimizer(_ recipe: inout Recipe) throws -> any Optimizer {
    let definition = try Optimizers.registry.entry(recipe.optimizer.kind)
    let given = recipe.optimizer.options
    recipe.optimizer.options = try definition.values(given, of: "optimizer").values
    // What follows a cosine does so for the whole run, unless told otherwise; with more steps it changes.
    let key = "schedule_steps"
    if given[key] == nil { recipe.optimizer.options.removeValue(forKey: key) }
    let steps: [String: OptionValue] =
      definition.options.contains { $0.name == key } ? [key: .number(Double(recipe.scheduleSteps))] : [:]
    let usual = recipe.optimizer.options
    func optimizer(_ own: [String: OptionValue]) throws -> any Optimizer {
      try definition.optimizer(steps.merging(usual) { $1 }.merging(own) { $1 })
    }
    guard !recipe.optimizer.groups.isEmpty else { return try optimizer([:]) }
    let rate = PluginOption("rate", "Factor of the learning rate", .number(default: 1, in: 0...1000))
    let groups = try recipe.optimizer.groups.sorted { $0.key < $1.key }.map { pattern, own in
      let owner = "optimizer \"\(definition.name)\" for \"\(pattern)\""
      let checked = try OptionValues(own, for: definition.options + [rate], of: owner)
      return GroupedOptimizer.Group(
        pattern: GlobPattern(pattern), optimizer: try optimizer(own.filter { $0.key != rate.name }),
        rate: checked.number(rate.name))
    }
    return GroupedOptimizer(try optimizer([:]), groups: groups)
  }

  /// The parts that a recipe names, for the data that it names.
  public init(recipe: Recipe, dataset: LabelledDataset) throws {
    try self.init(
      recipe: recipe, surveys: ConditionSet.surveys(of: dataset, for: recipe.wantedConditions))
  }

  private static func task(_ recipe: inout Recipe, _ surveys: ConditionSet.Surveys) throws -> (
    any TrainingTask, ConditionSet
  ) {
    let network = try Models.registry.entry(recipe.model.kind)
    let goal = try Objectives.registry.entry(recipe.objective.kind)
    let mismatch = TrainingError.mismatched(
      model: network.name, objective: goal.name,
      suitable: Objectives.registry.all.filter { $0.task == network.task }.map(\.name))
    guard goal.task == network.task else { throw mismatch }
    let kind = try TrainingTasks.registry.entry(network.task)
    recipe.model.options = try network.values(recipe.model.options, of: "model").values
    recipe.objective.options = try goal.values(recipe.objective.options, of: "objective").values
    try recipe.objective.checkLabelDropout(dropsLabels: kind.dropsConditions)
    let conditions = try conditions(&recipe, surveys, of: network, dropped: kind.dropsConditions)
    let images = ImageShape(
      resolution: recipe.data.resolution, channels: recipe.data.channels, conditions: conditions.all)
    let model = try network.model(for: images, options: recipe.model.options)
    guard let task = try kind.build(model, goal.objective(recipe.objective.options)) else { throw mismatch }
    return (task, conditions)
  }

  private static func conditions(
    _ recipe: inout Recipe, _ surveys: ConditionSet.Surveys, of model: ModelDefinition, dropped: Bool
  ) throws -> ConditionSet {
    let choices = recipe.model.numClassEmbeds
    var wanted = recipe.wantedConditions
    let conditions = try ConditionSet(&wanted, surveys, hasNull: dropped, choiceCount: choices)
    for name in recipe.conditions.keys { recipe.conditions[name] = wanted[name] }
    for condition in conditions.all where !model.conditions.contains(condition.form) {
      throw TrainingError.inapplicable(
        option: "conditions.\(condition.name)",
        reason: "it is of the form \(condition.form.rawValue), of which the model \(model.name) takes none")
    }
    if choices != nil, conditions.all.allSatisfy({ $0.choiceCount == nil }),
      !surveys.isEmpty || wanted.isEmpty
    {
      throw TrainingError.inapplicable(
        option: "model.num_class_embeds",
        reason: "the model is trained without classes; set data.label, or leave it out")
    }
    return conditions
  }

  public var model: any Model { task.model }

  /// Checks that every group of `optimizer.groups` has parameters, and every parameter at most one group.
  ///
  /// - Throws: `TrainingError.inapplicable`.
  func checkGroups(of parameters: [Parameter]) throws {
    guard let grouped = optimizer as? GroupedOptimizer else { return }
    let names = parameters.filter(\.isTrainable).map(\.name)
    for group in grouped.groups where !names.contains(where: group.pattern.matches) {
      throw TrainingError.inapplicable(
        option: "optimizer.groups: \"\(group.pattern.text)\"",
        reason: "no parameter is called so; there are \(names.prefix(3).joined(separator: ", ")) and others "
          + "(`sfumato inspect` lists those of a checkpoint)")
    }
    for name in names {
      let patterns = grouped.groups.filter { $0.pattern.matches(name) }.map { "\"\($0.pattern.text)\"" }
      if patterns.count > 1 {
        throw TrainingError.inapplicable(
          option: "optimizer.groups",
          reason: "\(name) is in several, \(patterns.joined(separator: " and ")); narrow the patterns")
      }
    }
  }

  /// What the network's values are stored as in training. The parameters, their averages and the optimizer's tensors are f32,
  /// and so is everything in sampling.
  public var storageType: DType { DType(rawValue: recipe.training.precision) ?? .f32 }

  /// How the loss is scaled in training; nil where gradients are stored in a type whose range needs no scale.
  public var lossScale: LossScaleRecipe? { storageType == .f16 ? recipe.training.lossScale : nil }

  public var schedule: LearningRateSchedule {
    LearningRateSchedule(
      peak: recipe.optimizer.learningRate, decay: .init(rawValue: recipe.optimizer.schedule) ?? .constant,
      final: recipe.optimizer.finalLearningRate, warmupSteps: recipe.optimizer.warmupSteps,
      totalSteps: scheduleSteps)
  }

  /// The steps that everything that follows a cosine takes.
  public var scheduleSteps: Int { recipe.scheduleSteps }

  public var averageSchedule: AverageSchedule {
    guard let images = recipe.optimizer.emaHalfLife else {
      return AverageSchedule(decay: recipe.optimizer.ema)
    }
    let steps = Double(images) / Double(recipe.training.batch)
    return AverageSchedule(halfLife: CosineSchedule(from: 0, to: steps, steps: scheduleSteps))
  }

  /// What stays as it is from checkpoint to checkpoint; a resumed run must agree with it.
  public var identity: JSONObject {
    [
      "model": .string(model.kind), "configuration": model.configuration,
      "objective": .string(recipe.objective.kind), "conditions": conditions.json,
    ]
  }
}

extension Recipe {
  /// The steps that everything that follows a cosine takes.
  fileprivate var scheduleSteps: Int { optimizer.scheduleSteps ?? training.steps }
}
