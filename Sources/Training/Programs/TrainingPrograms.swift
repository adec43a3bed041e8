import SfumatoAutodiff
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives
import SfumatoOptimizers

/// The programs of a training step.
///
/// A step over a whole batch is one program. With micro-batches it is two: `accumulate`, run once for each of them,
/// adds up gradients and losses in states; `update` then applies them.
public struct TrainingPrograms {
  /// Names at the border of the programs.
  public enum Name {
    public static let images = "images", labels = "labels", key = "key", isFirst = "is_first"
    public static let hyperparameters = "hyperparameters"
    /// With a loss scale: the skipped steps that `hyperparameters` begin at, i32 [].
    public static let knownSkips = "known_skips"
    public static let loss = "loss", gradientNorm = "gradient_norm"
    static let accumulated = "accumulated."
  }

  /// The model's parameters, in the order of their declaration.
  public let parameters: [Parameter]
  /// Runs once for each micro-batch; nil when a step is one program.
  public let accumulate: Program?
  /// Ends a step, or is all of it.
  public let update: Program

  /// - Parameter microBatch: images a program takes at once; the whole batch when nil.
  public init(_ components: Components, microBatch: Int? = nil) throws {
    let batch = components.recipe.training.batch
    if let micro = microBatch, micro < batch {
      let tracing = try Tracing(components, batch: micro)
      accumulate = try tracing.accumulation(parts: batch / micro)
      parameters = tracing.parameters.parameters
      update = try Self.accumulatedUpdate(components, parameters)
    } else {
      let tracing = try Tracing(components, batch: batch)
      accumulate = nil
      update = try tracing.wholeStep()
      parameters = tracing.parameters.parameters
    }
  }

  /// Every state of the programs.
  public var states: [(name: String, type: TensorType)] {
    var seen: Set<String> = []
    return [accumulate, update].compactMap { $0 }.flatMap { program in
      program.states.map { ($0.name, program[$0.input]) }
    }.filter { seen.insert($0.0).inserted }
  }

  private static func accumulatedUpdate(_ components: Components, _ parameters: [Parameter]) throws -> Program
  {
    let graph = GraphBuilder()
    let list = ParameterList()
    let scope = Scope(graph, parameters: list)
    for parameter in parameters {
      _ = try scope.parameter(
        parameter.name, parameter.shape, parameter.initializer, layout: parameter.layout,
        isTrainable: parameter.isTrainable)
    }
    let sums = try list.trainable.map {
      try graph.state(Name.accumulated + $0.parameter.name, .f32, $0.parameter.shape)
    }
    try graph.output(Name.loss, graph.state(Name.accumulated + Name.loss, .f32, []))
    let scaling = try components.lossScale.map { try LossScaling($0, in: graph) }
    try graph.output(Name.gradientNorm, list.update(components, gradients: sums, scaling, in: graph))
    return try graph.finish()
  }
}

extension ParameterList {
  /// Appends the optimizer's update and what becomes of the loss scale, and returns the norm of the gradients.
  fileprivate func update(
    _ components: Components, gradients: [Tensor], _ scaling: LossScaling?, in graph: GraphBuilder
  ) throws -> Tensor {
    let clip = components.recipe.optimizer.gradientClip, count = components.optimizer.hyperparameterCount
    let norm = try update(
      with: components.optimizer, gradients: gradients, lossScale: scaling?.scale,
      hyperparameters: scaling?.hyperparameters(count: count)
        ?? graph.input(TrainingPrograms.Name.hyperparameters, .f32, [count]),
      clipNorm: clip > 0 ? clip : nil)
    try scaling?.update(gradientNorm: norm)
    return norm
  }
}

/// The loss of a batch and its gradients, being traced.
private struct Tracing {
  let components: Components
  let graph = GraphBuilder()
  let parameters = ParameterList()
  let loss: Tensor
  let scaling: LossScaling?

  init(_ components: Components, batch: Int) throws {
    self.components = components
    scaling = try components.lossScale.map { [graph] in try LossScaling($0, in: graph) }
    let data = components.recipe.data
    let images = try graph.input(
      TrainingPrograms.Name.images, .f32, [batch, data.resolution, data.resolution, data.channels])
    let key = try graph.input(TrainingPrograms.Name.key, .u32, [5])
    var labels: Tensor?
    if let null = components.nullLabel {
      let dropout = LabelDropout(rate: components.recipe.objective.labelDropout, nullLabel: null)
      labels = try dropout(graph.input(TrainingPrograms.Name.labels, .i32, [batch]), key: key)
    }
    let scope = Scope(graph, parameters: parameters, randomKey: key)
    loss = try components.objective.loss(
      clean: images, labels: labels, key: key,
      network: components.model.network(in: scope, storedAs: components.storageType))
  }

  /// The gradients of the loss, multiplied by the loss scale where there is one.
  private func gradients() throws -> [Tensor] {
    try SfumatoAutodiff.gradients(
      of: loss, wrt: parameters.trainable.map(\.tensor), cotangent: scaling?.scale)
  }

  func wholeStep() throws -> Program {
    let gradients = try gradients()
    try graph.output(TrainingPrograms.Name.loss, loss)
    try graph.output(
      TrainingPrograms.Name.gradientNorm,
      parameters.update(components, gradients: gradients, scaling, in: graph))
    return try graph.finish()
  }

  /// Adds a part's share of the mean to what has been gathered; the first part of a step starts anew.
  func accumulation(parts: Int) throws -> Program {
    let gradients = try gradients()
    let isFirst = try graph.input(TrainingPrograms.Name.isFirst, .u32, []).cast(.bool)
    func add(_ name: String, _ value: Tensor) throws {
      let state = TrainingPrograms.Name.accumulated + name
      let sum = try graph.state(state, .f32, value.shape), share = try value / Double(parts)
      try graph.update(state, to: isFirst.select(share, sum + share))
    }
    for ((parameter, _), gradient) in zip(parameters.trainable, gradients) {
      try add(parameter.name, gradient)
    }
    try add(TrainingPrograms.Name.loss, loss)
    return try graph.finish()
  }
}
