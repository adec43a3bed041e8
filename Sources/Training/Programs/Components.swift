import SfumatoConfiguration
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
  public let recipe: Recipe
  /// The names of the classes that the model is conditioned on; empty for an unconditional one.
  public let classes: [String]
  public let task: any TrainingTask
  public let optimizer: any Optimizer

  /// - Parameter classes: the data set's classes, used when the recipe asks for labels.
  /// - Throws: `RegistryError` for a name or option that is not there, `ModelError` for a bad configuration,
  ///   `TrainingError.mismatched` for a model and an objective of different tasks.
  public init(recipe: Recipe, classes: [String]) throws {
    self.recipe = recipe
    self.classes = classes
    task = try Self.task(recipe, classCount: classes.count)
    let rule = try Optimizers.registry.entry(recipe.optimizer.kind)
    optimizer = try rule.optimizer(
      recipe.optimizer.definitionOptions(rule.options, scheduleSteps: recipe.scheduleSteps))
    try task.check(recipe)
  }

  private static func task(_ recipe: Recipe, classCount: Int) throws -> any TrainingTask {
    let definition = try Models.registry.entry(recipe.model.kind)
    let kind = try TrainingTasks.registry.entry(definition.task)
    if !definition.readsRecipeKeys { try recipe.model.checkApplicable(definition.options) }
    let model = try definition.model(
      recipe.model.configuration(
        resolution: recipe.data.resolution, channels: recipe.data.channels,
        classes: classCount == 0 ? nil : classCount + kind.spareLabels), options: recipe.model.options)
    let goal = try Objectives.registry.entry(recipe.objective.kind)
    guard goal.task == definition.task,
      let task = try kind.build(
        model,
        goal.objective(
          recipe.objective.definitionOptions(goal.options, dropsLabels: kind.spareLabels > 0)), classCount)
    else {
      throw TrainingError.mismatched(
        model: recipe.model.kind, objective: recipe.objective.kind,
        suitable: Objectives.registry.all.filter { $0.task == definition.task }.map(\.name))
    }
    return task
  }

  public var model: any Model { task.model }

  /// Whether the model is conditioned on classes.
  public var isConditional: Bool { !classes.isEmpty }

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
      "objective": .string(recipe.objective.kind), "classes": .array(classes.map(JSONValue.string)),
    ]
  }
}

extension Recipe {
  /// The steps that everything that follows a cosine takes.
  fileprivate var scheduleSteps: Int { optimizer.scheduleSteps ?? training.steps }
}
