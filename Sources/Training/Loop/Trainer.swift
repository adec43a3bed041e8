import Foundation
import SfumatoBackend
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoImages
import SfumatoNN

/// A training run: ties programs, state, data and files.
public final class Trainer {
  public let plan: TrainingPlan
  public let loader: BatchLoader
  /// Steps done before this run.
  public private(set) var firstStep = 0
  private let folder: RunFolder
  private let device: any Device
  private let deviceReason: String
  private let state: TrainingState
  private let fingerprint: UInt64
  private var tuning: RunTuning
  private var lastCheckpoint: String?

  private var recipe: Recipe { plan.components.recipe }

  /// Prepares a run; nothing is written yet.
  ///
  /// - Parameters:
  ///   - deviceReason: why this device was chosen, for the log.
  ///   - resume: whether to go on from the newest checkpoint in `folder`.
  /// - Throws: `TrainingError.occupied` for a folder with a run in it, when not resuming; what planning, the data set
  ///   and the checkpoint throw.
  public init(
    recipe: Recipe, dataset: LabelledDataset, device: any Device, deviceReason: String, folder: RunFolder,
    resume: Bool
  ) throws {
    if folder.isOccupied, !resume { throw TrainingError.occupied(path: folder.path) }
    let isConditional = recipe.data.label != "none"
    let components = try Components(recipe: recipe, classes: isConditional ? dataset.classes : [])
    self.folder = folder
    self.device = device
    self.deviceReason = deviceReason
    fingerprint = dataset.fingerprint
    tuning = try RunTuning(folder, resume: resume)
    try tuning.keep(on: device)
    plan = try TrainingPlan(components, device: device)
    loader = try BatchLoader(recipe: recipe, dataset: dataset)
    state = try TrainingState(components, plan.programs, device: device)
    if resume {
      try restore()
    } else {
      try state.initialize(seed: UInt64(recipe.training.seed))
    }
  }

  private func restore() throws {
    let step = try folder.checkpoints.latest()
    let checkpoint = try folder.checkpoints.load(step: step)
    let path = folder.checkpoints.path(step: step)
    try state.restore(checkpoint, path: path, dataFingerprint: fingerprint)
    firstStep = step
    lastCheckpoint = path
  }

  /// Trains to the recipe's last step, or until `interruption` asks for a stop; a checkpoint is saved at the end of either.
  ///
  /// - Returns: whether all steps were done.
  /// - Throws: `TrainingError.diverged` when the loss or the gradient is no longer finite, `.overflowing` when f16 cannot hold
  ///   gradients at any scale, and what devices and files throw.
  @discardableResult
  public func run(observer: (any TrainingObserver)? = nil, interruption: Interruption = Interruption()) throws
    -> Bool
  {
    try folder.create()
    try folder.write(configuration: recipe)
    let log = try folder.openLog(resumingAt: firstStep)
    let step = try TrainingStep(plan, state: state, device: device)
    // Before the first checkpoint, so that nobody can resume without it.
    try tuning.save(from: device)
    observer?.observe(.started(description))
    if tuning.isMissing, device is any TunableDevice {
      observer?.observe(
        .note(
          "\(folder.tuningPath) is missing, so the last bits may differ from those of an uninterrupted run"))
    }
    for note in step.notes { observer?.observe(.note(note)) }
    for bad in loader.bad { observer?.observe(.note("skipped \(bad.key): \(bad.reason)")) }
    var meter = RateMeter(step: firstStep)
    var number = firstStep
    while number < recipe.training.steps, !interruption.isRequested {
      try step.run(step: number + 1, loader.batch(step: number))
      number += 1
      try refuseStall(number, step)
      observer?.observe(.stepped(step: number))
      let isLast = number == recipe.training.steps
      if isLast || number.isDue(every: recipe.training.logEvery) || number == 1 {
        let logged = try self.logged(number, step, &meter)
        try log.append(logged.json)
        observer?.observe(.logged(logged))
      }
      let period = recipe.training.sampleEvery
      if number.isDue(every: period) || (isLast && period > 0) { try sample(number, observer) }
      if number.isDue(every: recipe.training.checkpointEvery), !isLast { try save(number, step, observer) }
    }
    if number > firstStep { try save(number, step, observer) }
    let isDone = number >= recipe.training.steps
    observer?.observe(.finished(step: number, interrupted: !isDone))
    return isDone
  }

  private var description: RunDescription {
    RunDescription(
      name: recipe.name, firstStep: firstStep, lastStep: recipe.training.steps, batch: recipe.training.batch,
      parameterCount: plan.parameterCount, imageCount: loader.dataset.count,
      device: "\(device.info.backend): \(device.info.name) (\(deviceReason))", memory: plan.byteCount)
  }

  private func logged(_ number: Int, _ step: TrainingStep, _ meter: inout RateMeter) throws -> LoggedStep {
    let metrics = try checked(number, step)
    let rate = meter.stepsPerSecond(at: number) * Double(recipe.training.batch)
    return LoggedStep(
      step: number, images: number * recipe.training.batch, loss: metrics.loss,
      learningRate: plan.components.schedule(step: max(1, number - step.knownSkips)),
      gradientNorm: metrics.gradientNorm, imagesPerSecond: rate, lossScale: metrics.lossScale)
  }

  /// The metrics of the last step, which must be finite unless the step was skipped.
  private func checked(_ number: Int, _ step: TrainingStep) throws -> StepMetrics {
    let metrics = try step.metrics()
    try refuseStall(number, step)
    if metrics.isSkipped { return metrics }
    for (quantity, value) in [("loss", metrics.loss), ("gradient norm", metrics.gradientNorm)]
    where !value.isFinite {
      throw TrainingError.diverged(quantity: quantity, value: value, step: number, checkpoint: lastCheckpoint)
    }
    return metrics
  }

  /// Ends a run that skips step after step, as far as the host knows.
  private func refuseStall(_ number: Int, _ step: TrainingStep) throws {
    guard let status = step.lossScale, status.stalledSteps >= recipe.training.lossScale.patience else {
      return
    }
    throw TrainingError.overflowing(
      scale: status.scale, steps: status.stalledSteps, step: number, checkpoint: lastCheckpoint)
  }

  private func save(_ number: Int, _ step: TrainingStep, _ observer: (any TrainingObserver)?) throws {
    _ = try checked(number, step)
    let checkpoint = try state.checkpoint(step: number, dataFingerprint: fingerprint)
    if let name = checkpoint.firstNonFinite {
      throw TrainingError.diverged(
        quantity: "tensor \(name)", value: .nan, step: number, checkpoint: lastCheckpoint)
    }
    try folder.checkpoints.save(checkpoint, keep: recipe.training.keepCheckpoints)
    let path = folder.checkpoints.path(step: number)
    lastCheckpoint = path
    observer?.observe(.checkpointSaved(step: number, path: path))
  }

  private func sample(_ number: Int, _ observer: (any TrainingObserver)?) throws {
    let generator = Generator(plan.components, device: device, state: state.store)
    let request = SamplingRequest(recipe: recipe, classes: plan.components.classes)
    let images = try generator.images(request)
    try tuning.save(from: device)
    guard let grid = Image.sampleGrid(images) else { return }
    let path = try folder.write(samplePNG: grid.encodedPNG(), step: number)
    observer?.observe(.sampleWritten(step: number, path: path))
  }
}

/// Steps a second since the last time of asking.
private struct RateMeter {
  private var step: Int
  private var time = ContinuousClock.now

  init(step: Int) { self.step = step }

  mutating func stepsPerSecond(at step: Int) -> Double {
    let now = ContinuousClock.now, elapsed = now - time
    defer { (self.step, time) = (step, now) }
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
    return seconds > 0 ? Double(step - self.step) / seconds : 0
  }
}

extension Int {
  /// Whether something that happens every `period` steps is due; never where the period is 0.
  fileprivate func isDue(every period: Int) -> Bool { period > 0 && isMultiple(of: period) }
}

extension Checkpoint {
  /// The first tensor with an element that is NaN or infinite.
  fileprivate var firstNonFinite: String? {
    for (part, file) in parts.sorted(by: { $0.key < $1.key }) {
      for tensor in file.tensors {
        let isFinite = tensor.bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).allSatisfy(\.isFinite) }
        if !isFinite { return "\(part).\(tensor.name)" }
      }
    }
    return nil
  }
}
