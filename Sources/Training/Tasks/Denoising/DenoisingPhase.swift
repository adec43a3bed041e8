import SfumatoGraph
import SfumatoNN
import SfumatoObjectives

extension PhaseDefinition {
  /// The only phase of training a denoiser.
  init(_ task: DenoisingTask, _ components: Components) {
    self.init(loss: { trace in
      let given = try trace.inputs()
      var labels = given.labels
      if let null = task.nullLabel, let drawn = labels {
        let dropout = LabelDropout(rate: components.recipe.objective.labelDropout, nullLabel: null)
        labels = try dropout(drawn, key: given.key)
      }
      let loss = try task.objective.loss(
        clean: given.images, labels: labels, key: given.key,
        network: task.denoiser.network(in: trace.scope, storedAs: components.storageType))
      return (loss, [(TrainingPrograms.Name.loss, loss)])
    })
  }
}
