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
  /// Where loss scaling stood when the host last looked; nil without it.
  public private(set) var lossScale: LossScaleStatus?
  /// Steps of the whole run that had been skipped when the host last looked.
  private(set) var knownSkips: Int
  /// Steps run since then.
  private var unseenSteps = 0
  /// What people should know about how the programs run.
  public var notes: [String] { (accumulate?.notes ?? []) + update.notes }

  init(_ plan: TrainingPlan, state: TrainingState, device: any Device) throws {
    components = plan.components
    self.state = state
    let steps = try plan.planned.map { try device.makeStep($0, state: state.store) }
    accumulate = steps.count == 2 ? steps[0] : nil
    update = steps[steps.count - 1]
    lossScale = try state.lossScale()
    knownSkips = try state.skippedSteps()
  }

  /// A step over a state of its own, which begins where a training run of the recipe begins.
  public convenience init(_ plan: TrainingPlan, device: any Device) throws {
    let state = try TrainingState(plan.components, plan.programs, device: device)
    try state.initialize(seed: UInt64(plan.components.recipe.training.seed))
    try self.init(plan, state: state, device: device)
  }

  /// Hands step number `step`, counted from 1, to the device.
  public func run(step: Int, _ batch: Batch) throws {
    for (program, inputs) in try runs(step, batch) { try program.run(inputs) }
  }

  /// Runs the step and tells where the time went; nil, with nothing run, where the backend has no times of kernels.
  public func profile(step: Int, _ batch: Batch) throws -> StepProfile? {
    var whole = StepProfile()
    for (program, inputs) in try runs(step, batch) {
      guard let part = try program.profile(inputs) else { return nil }
      whole.append(part)
    }
    return whole
  }

  /// The programs of a step in order, each with its inputs.
  private func runs(_ step: Int, _ batch: Batch) throws -> [(
    program: any Step, inputs: [String: HostTensor]
  )] {
    if unseenSteps == LossScaling.window { _ = try metrics() }
    unseenSteps += 1
    let recipe = components.recipe
    let micro =
      accumulate == nil ? recipe.training.batch : recipe.training.microBatch ?? recipe.training.batch
    let last = hyperparameters(step)
    guard let accumulate else {
      return [(update, inputs(step, batch, rows: 0..<micro).merging(last) { first, _ in first })]
    }
    return stride(from: 0, to: recipe.training.batch, by: micro).map { first in
      var given = inputs(step, batch, rows: first..<first + micro)
      given[TrainingPrograms.Name.isFirst] = HostTensor([UInt32(first == 0 ? 1 : 0)], [])
      return (accumulate, given)
    } + [(update, last)]
  }

  /// The optimizer's inputs in `step`. Skipped steps count for nothing in schedules and corrections.
  private func hyperparameters(_ step: Int) -> [String: HostTensor] {
    func row(skipped: Int) -> [Float] {
      let number = max(1, step - skipped)
      return components.optimizer.hyperparameters(
        step: number, learningRate: components.schedule(step: number),
        averageDecay: components.averageSchedule(step: number))
    }
    let count = components.optimizer.hyperparameterCount, name = TrainingPrograms.Name.hyperparameters
    guard lossScale != nil else { return [name: HostTensor(row(skipped: knownSkips), [count])] }
    let rows = (knownSkips..<knownSkips + LossScaling.window).flatMap(row)
    return [
      name: HostTensor(rows, [LossScaling.window, count]),
      TrainingPrograms.Name.knownSkips: HostTensor([Int32(clamping: knownSkips)], []),
    ]
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

  /// Waits for the last step and reads what it found.
  public func metrics() throws -> StepMetrics {
    let outputs = try update.outputs()
    func number(_ name: String) -> Double { outputs[name]?.doubles.first ?? .nan }
    if lossScale != nil {
      let status = LossScaleStatus { outputs[$0] }
      (lossScale, knownSkips) = (status, status.skippedSteps)
    }
    unseenSteps = 0
    return StepMetrics(
      loss: number(TrainingPrograms.Name.loss), gradientNorm: number(TrainingPrograms.Name.gradientNorm),
      lossScale: lossScale)
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
