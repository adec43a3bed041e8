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
    PhaseDefinition(
      name: AdversarialPart.discriminator, gradientNorm: "discriminator_gradient_norm", batch: 0,
      isDue: isDue, isTrained: isPart(AdversarialPart.discriminator), keepsAverages: false,
      reports: task.objective.augmentation.isAdaptive ? [AugmentationStatus.Name.probability] : [],
      loss: { trace in
        let given = try trace.inputs()
        let traced = try task.objective.discriminatorLoss(
          real: given.images, labels: given.labels, key: given.key, networks: task.networks(trace),
          settings: task.settings(trace), isPenalized: isPenalized)
        return (traced.loss, traced.metrics)
      },
      finish: { trace, metrics in
        guard task.objective.augmentation.isAdaptive,
          let certainty = metrics.first(where: { $0.name == AugmentationStatus.metric })?.value
        else { return }
        try AugmentationStatus.update(task.objective.augmentation, in: trace, certainty: certainty)
      })
  }

  private static func generator(_ task: AdversarialTask) -> PhaseDefinition {
    PhaseDefinition(
      name: AdversarialPart.generator, gradientNorm: "generator_gradient_norm", batch: 1,
      isTrained: isPart(AdversarialPart.generator),
      loss: { trace in
        let given = try trace.inputs()
        let traced = try task.objective.generatorLoss(
          real: given.images, labels: given.labels, key: given.key, networks: task.networks(trace),
          settings: task.settings(trace))
        return (traced.loss, traced.metrics)
      })
  }

  private static func isPart(_ part: String) -> (Parameter) -> Bool { { $0.name.hasPrefix(part + ".") } }
}

extension AdversarialTask {
  fileprivate func networks(_ trace: PhaseTrace) -> AdversarialNetworks {
    model.networks(in: trace.scope, storedAs: trace.components.storageType)
  }

  fileprivate func settings(_ trace: PhaseTrace) throws -> AdversarialSettings {
    let given = try trace.graph.input(TrainingPrograms.Name.settings, .f32, [2])
    let probability =
      objective.augmentation.isAdaptive
      ? try trace.scalarState(AugmentationStatus.Name.probability)
      : try given.slice(axis: 0, 1..<2).reshape([])
    return AdversarialSettings(
      penaltyWeight: try given.slice(axis: 0, 0..<1).reshape([]), augmentationProbability: probability)
  }
}
