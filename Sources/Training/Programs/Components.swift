import SfumatoConfiguration
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
        resolution: recipe.data.resolution, channels: recipe.data.channels, classes: labelCount))
    objective = try Objectives.registry.entry(recipe.objective.kind).objective(
      Self.options(of: recipe.objective))
    optimizer = try Optimizers.registry.entry(recipe.optimizer.kind).optimizer(
      Self.options(of: recipe.optimizer))
  }

  /// The label that stands for none; nil for an unconditional model.
  public var nullLabel: Int? { classes.isEmpty ? nil : classes.count }

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

  private static func options(of objective: ObjectiveRecipe) -> [String: OptionValue] {
    switch objective.kind {
    case "edm":
      [
        "sigma_data": .number(objective.sigmaData), "log_mean": .number(objective.pMean),
        "log_deviation": .number(objective.pStd),
      ]
    case "ddpm":
      [
        "prediction_type": .text(objective.predictionType), "beta_schedule": .text(objective.betaSchedule),
        "beta_start": .number(objective.betaStart), "beta_end": .number(objective.betaEnd),
        "num_train_timesteps": .number(Double(objective.numTrainTimesteps)),
      ]
    default: [:]
    }
  }

  private static func options(of optimizer: OptimizerRecipe) -> [String: OptionValue] {
    [
      "beta1": .number(optimizer.betas[0]), "beta2": .number(optimizer.betas[1]),
      "eps": .number(optimizer.eps),
      "weight_decay": .number(optimizer.weightDecay),
    ]
  }
}
