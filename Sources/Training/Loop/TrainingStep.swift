import SfumatoBackend
import SfumatoCheckpoint
import SfumatoDatasets
import SfumatoGraph
import SfumatoNN

/// Runs a training step's programs, compiled, over its state.
public final class TrainingStep {
  private let components: Components
  private let state: TrainingState
  private let accumulate: (any Step)?
  private let update: any Step
  /// What people should know about how the programs run.
  public var notes: [String] { (accumulate?.notes ?? []) + update.notes }

  init(_ plan: TrainingPlan, state: TrainingState, device: any Device) throws {
    components = plan.components
    self.state = state
    let steps = try plan.planned.map { try device.makeStep($0, state: state.store) }
    accumulate = steps.count == 2 ? steps[0] : nil
    update = steps[steps.count - 1]
  }

  /// A step over a state of its own, which begins where a training run of the recipe begins.
  public convenience init(_ plan: TrainingPlan, device: any Device) throws {
    let state = try TrainingState(plan.components, plan.programs, device: device)
    try state.initialize(seed: UInt64(plan.components.recipe.training.seed))
    try self.init(plan, state: state, device: device)
  }

  /// Hands step number `step`, counted from 1, to the device.
  public func run(step: Int, _ batch: Batch) throws {
    for (program, inputs) in runs(step, batch) { try program.run(inputs) }
  }

  /// Runs the step and tells where the time went; nil, with nothing run, where the backend has no times of kernels.
  public func profile(step: Int, _ batch: Batch) throws -> StepProfile? {
    var whole = StepProfile()
    for (program, inputs) in runs(step, batch) {
      guard let part = try program.profile(inputs) else { return nil }
      whole.append(part)
    }
    return whole
  }

  /// The programs of a step in order, each with its inputs.
  private func runs(_ step: Int, _ batch: Batch) -> [(program: any Step, inputs: [String: HostTensor])] {
    let recipe = components.recipe
    let micro =
      accumulate == nil ? recipe.training.batch : recipe.training.microBatch ?? recipe.training.batch
    let hyperparameters = components.optimizer.hyperparameters(
      step: step, learningRate: components.schedule(step: step),
      averageDecay: components.averageSchedule(step: step))
    let last = [
      TrainingPrograms.Name.hyperparameters: HostTensor(hyperparameters, [hyperparameters.count])
    ]
    guard let accumulate else {
      return [(update, inputs(step, batch, rows: 0..<micro).merging(last) { first, _ in first })]
    }
    return stride(from: 0, to: recipe.training.batch, by: micro).map { first in
      var given = inputs(step, batch, rows: first..<first + micro)
      given[TrainingPrograms.Name.isFirst] = HostTensor([UInt32(first == 0 ? 1 : 0)], [])
      return (accumulate, given)
    } + [(update, last)]
  }

  private func inputs(_ step: Int, _ batch: Batch, rows: Range<Int>) -> [String: HostTensor] {
    let data = components.recipe.data
    let size = data.resolution * data.resolution * data.channels
    let images = Array(batch.images[rows.lowerBound * size..<rows.upperBound * size])
    var inputs = [
      TrainingPrograms.Name.images: HostTensor(
        images, [rows.count, data.resolution, data.resolution, data.channels]),
      TrainingPrograms.Name.key: stepKey(
        seed: UInt64(components.recipe.training.seed), step: step, firstRow: rows.lowerBound),
    ]
    if components.nullLabel != nil {
      inputs[TrainingPrograms.Name.labels] = HostTensor(Array(batch.labels[rows]), [rows.count])
    }
    return inputs
  }

  /// Waits for the last step and reads its loss and the norm of its gradient.
  public func metrics() throws -> (loss: Double, gradientNorm: Double) {
    let outputs = try update.outputs()
    func number(_ name: String) -> Double { outputs[name]?.doubles.first ?? .nan }
    return (number(TrainingPrograms.Name.loss), number(TrainingPrograms.Name.gradientNorm))
  }

  /// What the programs ask of the device, micro-batches counted once; nil where the backend does not count.
  public var statistics: StepStatistics? {
    let each = [accumulate, update].compactMap { $0?.statistics }
    guard let first = each.first else { return nil }
    return each.dropFirst().reduce(first, +)
  }

  /// Bytes of memory that running the programs takes beside what was planned.
  public var workspaceByteCount: Int { (accumulate?.workspaceByteCount ?? 0) + update.workspaceByteCount }

  /// The model's parameters as they are now, as checkpoints keep them.
  public func parameters() throws -> Safetensors {
    Safetensors(tensors: try state.stored.read(ParameterList.parameterPrefix, from: state.store))
  }
}
