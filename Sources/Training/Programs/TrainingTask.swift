import SfumatoConfiguration
import SfumatoModels
import SfumatoObjectives
import SfumatoRegistry

/// What is trained, and for what.
public enum TrainingTask: Sendable {
  case denoising(DenoisingTask)
  case adversarial(AdversarialTask)

  public var model: any Model {
    switch self {
    case .denoising(let task): task.model
    case .adversarial(let task): task.model
    }
  }

  /// Whether a probability of augmentation is among a run's states.
  var augmentsAdaptively: Bool {
    if case .adversarial(let task) = self { task.objective.augmentation.isAdaptive } else { false }
  }

  /// - Parameter classCount: how many classes the data has that the recipe conditions on; 0 for none.
  /// - Throws: as `Components.init`.
  init(_ recipe: Recipe, classCount: Int) throws {
    let definition = try Models.registry.entry(recipe.model.kind)
    // One more class than there are stands for "no label", so that guidance works.
    let spare = definition.isAdversarial ? 0 : 1
    let model = try definition.model(
      recipe.model.configuration(
        resolution: recipe.data.resolution, channels: recipe.data.channels,
        classes: classCount == 0 ? nil : classCount + spare), options: recipe.model.options)
    let objective = try Objectives.registry.entry(recipe.objective.kind).objective(
      recipe.objective.definitionOptions)
    if let model = model as? any DenoisingModel, let objective = objective as? any DenoisingObjective {
      self = .denoising(
        DenoisingTask(model: model, objective: objective, nullLabel: classCount == 0 ? nil : classCount))
    } else if let model = model as? any AdversarialModel,
      let objective = objective as? any AdversarialObjective
    {
      self = .adversarial(AdversarialTask(model: model, objective: objective))
    } else {
      throw TrainingError.mismatched(
        model: recipe.model.kind, objective: recipe.objective.kind,
        suitable: Objectives.registry.all.filter { $0.isAdversarial == definition.isAdversarial }.map(\.name))
    }
  }
}

/// A model that denoises.
public struct DenoisingTask: Sendable {
  public let model: any DenoisingModel
  public let objective: any DenoisingObjective
  /// The label that stands for none; nil for an unconditional model.
  public let nullLabel: Int?
}

/// A generator with its discriminator.
public struct AdversarialTask: Sendable {
  public let model: any AdversarialModel
  public let objective: any AdversarialObjective
}
