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
  public let model: any DenoisingModel
  public let objective: any Objective
  public let optimizer: any Optimizer

  /// - Parameter classes: the data set's classes, used when the recipe asks for labels.
  /// - Throws: `RegistryError` for a name or option that is not there, `ModelError` for a bad configuration.
  public init(recipe: Recipe, classes: [String]) throws {
    self.recipe = recipe
    self.classes = classes
    // One more class than there are stands for "no label", so that guidance works.
    let labelCount = classes.isEmpty ? nil : classes.count + 1
    model = try Models.registry.entry(recipe.model.kind).model(
      recipe.model.configuration(
        resolution: recipe.data.resolution, channels: recipe.data.channels, classes: labelCount),
      options: recipe.model.options)
    objective = try Objectives.registry.entry(recipe.objective.kind).objective(
      recipe.objective.definitionOptions)
    optimizer = try Optimizers.registry.entry(recipe.optimizer.kind).optimizer(
      recipe.optimizer.definitionOptions)
  }

  /// The label that stands for none; nil for an unconditional model.
  public var nullLabel: Int? { classes.isEmpty ? nil : classes.count }

  /// What the network's values are stored as in training. The parameters, their averages and the optimizer's tensors are f32,
  /// and so is everything in sampling.
  public var storageType: DType { DType(rawValue: recipe.training.precision) ?? .f32 }

  /// How the loss is scaled in training; nil where gradients are stored in a type whose range needs no scale.
  public var lossScale: LossScaleRecipe? { storageType == .f16 ? recipe.training.lossScale : nil }

  public var schedule: LearningRateSchedule {
    LearningRateSchedule(
      peak: recipe.optimizer.learningRate, decay: .init(rawValue: recipe.optimizer.schedule) ?? .constant,
      warmupSteps: recipe.optimizer.warmupSteps, totalSteps: recipe.training.steps)
  }

  public var averageSchedule: AverageSchedule { AverageSchedule(decay: recipe.optimizer.ema) }

  /// What stays as it is from checkpoint to checkpoint; a resumed run must agree with it.
  public var identity: JSONObject {
    [
      "model": .string(model.kind), "configuration": model.configuration,
      "objective": .string(recipe.objective.kind), "classes": .array(classes.map(JSONValue.string)),
    ]
  }
}
