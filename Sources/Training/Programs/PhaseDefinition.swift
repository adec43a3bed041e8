import SfumatoAutodiff
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives
import SfumatoOptimizers

/// What a phase learns and which parameters, before it is traced.
public struct PhaseDefinition {
  /// A scalar to minimize, and scalars to report: means over the batch.
  public typealias Loss = (loss: Tensor, metrics: [(name: String, value: Tensor)])

  /// Empty for the only one of a step.
  public var name = ""
  /// What the norm of its gradients is called.
  public var gradientNorm = TrainingPrograms.Name.gradientNorm
  /// Which of the step's batches of images it learns from.
  public var batch = 0
  public var isDue: @Sendable (_ step: Int) -> Bool = { _ in true }
  /// The parameters that it changes.
  public var isTrained: (Parameter) -> Bool = { _ in true }
  /// Whether those have averages.
  public var keepsAverages = true
  /// Outputs of `finish` that logs should have.
  public var reports: [String] = []
  /// Traces the loss of some images.
  public var loss: (PhaseTrace) throws -> Loss
  /// Traces what becomes of states of its own, given the metrics of the whole batch.
  public var finish: (PhaseTrace, _ metrics: [(name: String, value: Tensor)]) throws -> Void = { _, _ in }

  /// A phase that is due in every step, learns from the first batch and changes all parameters.
  public init(loss: @escaping (PhaseTrace) throws -> Loss) { self.loss = loss }

  /// The phase and all parameters that it declares.
  func traced(_ components: Components, microBatch: Int?) throws -> (TrainingPhase, [Parameter]) {
    let batch = components.recipe.training.batch
    guard let micro = microBatch, micro < batch else {
      let trace = try PhaseTrace(components, batch: batch)
      let (metrics, gradients) = try differentiated(trace)
      let update = try end(trace, metrics, gradients)
      return (phase(nil, update, metrics.map(\.name)), trace.parameters.parameters)
    }
    let part = try PhaseTrace(components, batch: micro)
    let (metrics, gradients) = try differentiated(part)
    for ((parameter, _), gradient) in zip(trained(part), gradients) {
      try part.accumulate(parameter.name, gradient, parts: batch / micro)
    }
    for (name, value) in metrics { try part.accumulate(name, value, parts: batch / micro) }
    let names = metrics.map(\.name), parameters = part.parameters.parameters
    let accumulate = try part.graph.finish()
    return (phase(accumulate, try accumulatedUpdate(components, parameters, names), names), parameters)
  }

  private func phase(_ accumulate: Program?, _ update: Program, _ metrics: [String]) -> TrainingPhase {
    TrainingPhase(
      name: name, accumulate: accumulate, update: update, batch: batch,
      metrics: metrics + [gradientNorm] + reports,
      isDue: isDue)
  }

  private func trained(_ trace: PhaseTrace) -> [(parameter: Parameter, tensor: Tensor)] {
    trace.parameters.trainable.filter { isTrained($0.parameter) }
  }

  /// The metrics, and the gradients of the loss, multiplied by the loss scale where there is one.
  private func differentiated(_ trace: PhaseTrace) throws -> (
    metrics: [(name: String, value: Tensor)], gradients: [Tensor]
  ) {
    let (loss, metrics) = try loss(trace)
    return (
      metrics,
      try gradients(of: loss, wrt: trained(trace).map(\.tensor), cotangent: trace.scaling?.scale)
    )
  }

  /// The update from what `accumulate` has added up.
  private func accumulatedUpdate(
    _ components: Components, _ parameters: [Parameter], _ metrics: [String]
  ) throws -> Program {
    let trace = try PhaseTrace(components, batch: nil)
    for parameter in parameters where isTrained(parameter) {
      _ = try trace.scope.parameter(
        parameter.name, parameter.shape, parameter.initializer, layout: parameter.layout,
        constraint: parameter.constraint, isTrainable: parameter.isTrainable)
    }
    let sums = try trained(trace).map { try trace.accumulated($0.parameter.name, $0.parameter.shape) }
    return try end(trace, metrics.map { ($0, try trace.accumulated($0, [])) }, sums)
  }

  /// Appends the optimizer's update and what becomes of other states, and ends the program.
  private func end(
    _ trace: PhaseTrace, _ metrics: [(name: String, value: Tensor)], _ gradients: [Tensor]
  ) throws -> Program {
    let components = trace.components
    for (name, value) in metrics { try trace.graph.output(name, value) }
    let clip = components.recipe.optimizer.gradientClip, count = components.optimizer.hyperparameterCount
    let norm = try trace.parameters.update(
      with: components.optimizer, of: isTrained, keepsAverages: keepsAverages, gradients: gradients,
      lossScale: trace.scaling?.scale,
      hyperparameters: trace.scaling?.hyperparameters(count: count)
        ?? trace.graph.input(TrainingPrograms.Name.hyperparameters, .f32, [count]),
      clipNorm: clip > 0 ? clip : nil)
    try trace.scaling?.update(gradientNorm: norm)
    try finish(trace, metrics)
    try trace.graph.output(gradientNorm, norm)
    return try trace.graph.finish()
  }
}
