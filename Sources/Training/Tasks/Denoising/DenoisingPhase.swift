import SfumatoGraph
import SfumatoNN
import SfumatoObjectives

extension PhaseDefinition {
  /// The only phase of training a denoiser.
  init(_ task: DenoisingTask, _ components: Components) {
    self.init(loss: { trace in
      let given = try trace.inputs()
      let dropout = ConditionDropout(rate: components.recipe.objective.labelDropout)
      let loss = try task.objective.loss(
        clean: given.images, conditions: dropout(given.conditions, key: given.key), key: given.key,
        network: task.denoiser.network(in: trace.scope, storedAs: components.storageType),
        in: trace.scope[ParameterList.objectiveScope])
      return (loss, [(TrainingPrograms.Name.loss, loss)])
    })
  }
}
