import SfumatoGraph
import SfumatoModels
import SfumatoNN
import SfumatoObjectives

extension PhaseDefinition {
  /// The phases of training a generator with its discriminator: the discriminator's, with or without the penalty, then the generator's,
  /// each with a batch of its own.
  static func phases(_ task: AdversarialTask, _ components: Components) -> [PhaseDefinition] {
    let penalty = task.objective.penalty
    var phases: [PhaseDefinition] = []
    if penalty.kind != .none {
      phases.append(discriminator(task, isPenalized: true) { penalty.isDue(step: $0) })
    }
    if penalty.kind == .none || penalty.interval > 1 {
      phases.append(discriminator(task, isPenalized: false) { !penalty.isDue(step: $0) })
    }
    return phases + [generator(task)]
  }

  private static func discriminator(
    _ task: AdversarialTask, isPenalized: Bool, isDue: @escaping @Sendable (Int) -> Bool
  ) -> PhaseDefinition {
    let augmentation = task.objective.augmentation
    var phase = PhaseDefinition { trace in
      let given = try trace.inputs()
      let traced = try task.objective.discriminatorLoss(
        real: given.images, conditions: given.conditions, key: given.key, networks: task.networks(in: trace),
        settings: task.settings(in: trace), isPenalized: isPenalized)
      return (traced.loss, traced.metrics)
    }
    phase.name = AdversarialPart.discriminator
    phase.gradientNorm = "discriminator_gradient_norm"
    phase.isDue = isDue
    phase.isTrained = isPart(AdversarialPart.discriminator)
    phase.keepsAverages = false
    guard augmentation.isAdaptive else { return phase }
    phase.reports = [AugmentationStatus.Name.probability]
    phase.finish = { trace, metrics in
      guard let certainty = metrics.first(where: { $0.name == AugmentationStatus.metric })?.value else {
        return
      }
      try AugmentationStatus.update(augmentation, in: trace, certainty: certainty)
    }
    return phase
  }

  private static func generator(_ task: AdversarialTask) -> PhaseDefinition {
    var phase = PhaseDefinition { trace in
      let given = try trace.inputs()
      let traced = try task.objective.generatorLoss(
        real: given.images, conditions: given.conditions, key: given.key, networks: task.networks(in: trace),
        settings: task.settings(in: trace))
      return (traced.loss, traced.metrics)
    }
    phase.name = AdversarialPart.generator
    phase.gradientNorm = "generator_gradient_norm"
    phase.batch = 1
    phase.isTrained = isPart(AdversarialPart.generator)
    return phase
  }

  private static func isPart(_ part: String) -> (Parameter) -> Bool { { $0.name.hasPrefix(part + ".") } }
}

extension AdversarialTask {
  /// The penalty's weight and the probability of augmentations, f32 [2].
  public static let settingsName = "settings"

  fileprivate func networks(in trace: PhaseTrace) -> AdversarialNetworks {
    networks.networks(in: trace.scope, storedAs: trace.components.storageType)
  }

  fileprivate func settings(in trace: PhaseTrace) throws -> AdversarialSettings {
    let given = try trace.graph.input(Self.settingsName, .f32, [2])
    let probability =
      objective.augmentation.isAdaptive
      ? try trace.scalarState(AugmentationStatus.Name.probability)
      : try given.scalar(1)
    return AdversarialSettings(
      penaltyWeight: try given.scalar(0), augmentationProbability: probability)
  }
}
