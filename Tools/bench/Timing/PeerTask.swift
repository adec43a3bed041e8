import Sfumato
import SfumatoRandom

/// What a peer must know of a task, beyond the model, the images and the optimizer.
struct PeerTask {
  /// The names of the numbers that are compared after each step.
  let losses: [String]
  /// What the program of a step draws from its key, by name.
  let draws: (_ key: Tensor) throws -> [(name: String, value: Tensor)]
  /// Of the description: what stays, and what belongs to steps 1 … count.
  let settings: JSONObject
  let schedules: (_ count: Int) -> JSONObject

  /// - Throws: `RecipeError` for a task that the peers do not know.
  init(_ components: Components) throws {
    if let task = components.task as? DenoisingTask {
      try self.init(task, components.recipe)
    } else if let task = components.task as? AdversarialTask {
      try self.init(task, components)
    } else {
      throw RecipeError.unreadable(
        path: components.recipe.name, reason: "the peers know denoisers and GANs only")
    }
  }

  private init(_ task: DenoisingTask, _ recipe: Recipe) throws {
    losses = [TrainingPrograms.Name.loss]
    schedules = { _ in [:] }
    let decay = JSONValue.number(recipe.optimizer.number("weight_decay"))
    switch task.objective {
    case is WaveRegression:
      draws = { _ in [] }
      settings = ["weight_decay": decay]
    case let objective as EDMObjective:
      let batch = recipe.training.batch, data = recipe.data
      draws = { key in
        [
          ("noise", try key.normal(.noise, [batch, data.resolution, data.resolution, data.channels])),
          ("sigma", try objective.levels(key, batch: batch)),
        ]
      }
      settings = [
        "sigma_data": .number(objective.sigmaData), "log_mean": .number(objective.logMean),
        "log_deviation": .number(objective.logDeviation), "weight_decay": decay,
      ]
    default:
      throw RecipeError.unreadable(
        path: recipe.name, reason: "of denoisers the peers know the objectives edm and waves only")
    }
  }

  private init(_ task: AdversarialTask, _ components: Components) throws {
    let recipe = components.recipe
    guard task.networks is R3GAN, !task.networks.isConditional,
      let objective = task.objective as? GANObjective,
      objective.loss == .relativistic, !objective.augmentation.isActive, objective.penalty.interval == 1,
      [.none, .r1r2].contains(objective.penalty.kind), let optimizer = components.optimizer as? Adam
    else {
      throw RecipeError.unreadable(
        path: recipe.name,
        reason:
          "of GANs the peers know the model r3gan without classes, the objective r3gan with the penalty r1r2 or none, "
          + "and the optimizer adam")
    }
    let batch = recipe.training.batch, latent = task.networks.latentSize, penalty = objective.penalty
    losses =
      ["discriminator_loss"] + (penalty.kind == .none ? [] : ["r1", "r2"]) + ["generator_loss"]
    draws = { key in
      [
        ("discriminator_latent", try key.normal(.discriminatorLatent, [batch, latent])),
        ("generator_latent", try key.normal(.generatorLatent, [batch, latent])),
      ]
    }
    settings = ["penalty": .string(penalty.kind.rawValue)]
    let weight = CosineSchedule(
      from: penalty.weight, to: penalty.finalWeight, steps: components.scheduleSteps)
    let decay = CosineSchedule(
      from: optimizer.beta2, to: optimizer.finalBeta2, steps: optimizer.scheduleSteps)
    schedules = { count in
      [
        "penalty_weights": .array((1...count).map { .number(weight(step: $0)) }),
        "second_decays": .array((1...count).map { .number(decay(step: $0)) }),
      ]
    }
  }
}

extension OptimizerRecipe {
  /// The value of an option, in the recipe of `Components`, which has all of them; 0 where the optimizer has no such option.
  func number(_ option: String) -> Double {
    guard case .number(let value)? = options[option] else { return 0 }
    return value
  }
}
