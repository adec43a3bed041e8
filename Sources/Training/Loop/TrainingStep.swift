import SfumatoBackend
import SfumatoCheckpoint
import SfumatoDatasets
import SfumatoGraph
import SfumatoNN

/// Runs a training step's programs, compiled, over its state.
public final class TrainingStep {
  private let components: Components
  private let state: TrainingState
  private let device: any Device
  /// The phases, compiled.
  private let phases: [(phase: TrainingPhase, accumulate: (any Step)?, update: any Step)]
  /// The phases that ran last, by number.
  private var lastRun: [Int] = []
  /// Where loss scaling stood when the host last looked; nil without it.
  public private(set) var lossScale: LossScaleStatus?
  /// Steps of the whole run that had been skipped when the host last looked.
  private(set) var knownSkips: Int
  /// Steps run since then.
  private var unseenSteps = 0
  /// What people should know about how the programs run.
  public var notes: [String] { all.flatMap(\.notes) }
  public var kernelReports: [KernelReport] { get throws { try all.flatMap { try $0.kernelReports } } }

  private var all: [any Step] { phases.flatMap { [$0.accumulate, $0.update].compactMap { $0 } } }

  init(_ plan: TrainingPlan, state: TrainingState, device: any Device) throws {
    components = plan.components
    self.state = state
    self.device = device
    phases = plan.phases(of: try plan.planned.map { try device.makeStep($0, state: state.store) })
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
    for (program, inputs) in try runs(step, batch, due(step)) { try program.run(inputs) }
  }

  /// The names of all phases, those that take turns included.
  public var phaseNames: [String] { phases.map(\.phase.name) }

  /// Hands one phase alone to the device, by its place in `phaseNames`, whether it is due or not: to see what it takes.
  public func run(step: Int, _ batch: Batch, phase: Int) throws {
    for (program, inputs) in try runs(step, batch, [phase]) { try program.run(inputs) }
  }

  private func due(_ step: Int) -> [Int] { phases.indices.filter { phases[$0].phase.isDue(step) } }

  /// Runs the step and tells where the time went; nil, with nothing run, where the backend has no times of kernels.
  public func profile(step: Int, _ batch: Batch) throws -> StepProfile? {
    var whole = StepProfile()
    for (program, inputs) in try runs(step, batch, due(step)) {
      guard let part = try program.profile(inputs) else { return nil }
      whole.append(part)
    }
    return whole
  }

  /// The programs of a step's phases in order, each with its inputs.
  private func runs(_ step: Int, _ batch: Batch, _ wanted: [Int]) throws -> [(
    program: any Step, inputs: [String: HostTensor]
  )] {
    if unseenSteps == LossScaling.window { _ = try metrics() }
    unseenSteps += 1
    let training = components.recipe.training, last = hyperparameters(step)
    lastRun = wanted
    return wanted.flatMap { number in
      let (phase, accumulate, update) = phases[number], first = phase.batch * training.batch
      guard let accumulate else {
        let given = inputs(step, batch, rows: 0..<training.batch, after: first)
        return [(update, given.merging(last) { first, _ in first })]
      }
      let micro = training.microBatch ?? training.batch
      return stride(from: 0, to: training.batch, by: micro).map { row in
        var given = inputs(step, batch, rows: row..<row + micro, after: first)
        given[TrainingPrograms.Name.isFirst] = HostTensor([UInt32(row == 0 ? 1 : 0)], [])
        return (accumulate, given)
      } + [(update, last)]
    }
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

  /// The images `rows` of those that begin at `first`, and what else a loss reads.
  private func inputs(_ step: Int, _ batch: Batch, rows: Range<Int>, after first: Int) -> [String: HostTensor]
  {
    let data = components.recipe.data
    let images = BatchColumn(
      TrainingPrograms.Name.images, .f32, [data.resolution, data.resolution, data.channels])
    let taken = first + rows.lowerBound..<first + rows.upperBound
    var inputs = [
      TrainingPrograms.Name.key: stepKey(
        seed: UInt64(components.recipe.training.seed), step: step, firstRow: rows.lowerBound)
    ]
    for column in [images] + components.conditions.all.flatMap(\.columns) {
      inputs[column.name] = batch.columns[column.name].map { HostTensor($0, rows: taken, of: column) }
    }
    inputs.merge(components.task.inputs(step: step, of: components.scheduleSteps)) { first, _ in first }
    return inputs
  }

  /// Makes images with the averaged parameters, as they are after the last step each time.
  public func generator() throws -> Generator {
    try Generator(components, device: device, state: state.store)
  }

  /// Waits for the last step and reads what it found.
  public func metrics() throws -> StepMetrics {
    var outputs: [String: HostTensor] = [:], names: [String] = []
    for number in lastRun {
      outputs.merge(try phases[number].update.outputs()) { $1 }
      for name in phases[number].phase.metrics where !names.contains(name) { names.append(name) }
    }
    if lossScale != nil {
      let status = LossScaleStatus { outputs[$0] }
      (lossScale, knownSkips) = (status, status.skippedSteps)
    }
    unseenSteps = 0
    return StepMetrics(
      values: names.map { StepMetrics.Value(name: $0, value: outputs[$0]?.doubles.first ?? .nan) },
      lossScale: lossScale)
  }

  /// What the programs ask of the device, micro-batches counted once; nil where the backend does not count.
  public var statistics: StepStatistics? {
    let each = all.compactMap(\.statistics)
    guard let first = each.first else { return nil }
    return each.dropFirst().reduce(first, +)
  }

  /// Bytes of memory that running the programs takes beside what was planned.
  public var workspaceByteCount: Int { all.reduce(0) { $0 + $1.workspaceByteCount } }

  /// The model's parameters as they are now, as checkpoints keep them.
  public func parameters() throws -> Safetensors {
    Safetensors(tensors: try state.stored.read(ParameterList.parameterPrefix, from: state.store))
  }
}
