import Foundation
import SfumatoBackend
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoNN

/// A training run: ties programs, state, data and files.
public final class Trainer {
  public let plan: TrainingPlan
  public let loader: BatchLoader
  /// Steps done before this run.
  public let firstStep: Int
  private let folder: RunFolder
  private let deviceInfo: DeviceInfo
  private let deviceReason: String
  private let reopen: (() throws -> any Device)?
  private let fingerprint: UInt64
  /// Those that the recipe asks for.
  private let chosenObservers: [any TrainingObserver]
  /// Nil only while a lost device is being replaced.
  private var session: TrainingSession?
  private var tuning: RunTuning
  private var lastCheckpoint: String?
  /// Whether the device was lost since the last checkpoint was saved.
  private var wasLost = false
  private var hasStarted = false

  private var recipe: Recipe { plan.components.recipe }

  /// Prepares a run; nothing is written yet.
  ///
  /// - Parameters:
  ///   - deviceReason: why this device was chosen, for the log.
  ///   - resume: whether to go on from the newest checkpoint in `folder`.
  ///   - reopen: opens the device again when it is lost; the run then goes on from its last checkpoint, to the same bits. Where
  ///     nil a lost device ends the run.
  /// - Throws: `TrainingError.occupied` for a folder with a run in it, when not resuming; what planning, the data set
  ///   and the checkpoint throw.
  public init(
    recipe: Recipe, dataset: LabelledDataset, device: any Device, deviceReason: String, folder: RunFolder,
    resume: Bool, reopen: (() throws -> any Device)? = nil
  ) throws {
    if folder.isOccupied, !resume { throw TrainingError.occupied(path: folder.path) }
    let components = try Components(recipe: recipe, dataset: dataset)
    let fingerprint = dataset.fingerprint
    let tuning = try RunTuning(folder, resume: resume)
    let plan = try TrainingPlan(components, device: device)
    func begin(on device: any Device) throws -> TrainingSession {
      try TrainingSession(
        plan, on: device, tuning, resuming: resume ? folder : nil, dataFingerprint: fingerprint)
    }
    loader = try BatchLoader(
      recipe: recipe, dataset: dataset, batches: components.task.batchesPerStep,
      columns: components.conditions.sources)
    let session: TrainingSession
    do {
      session = try begin(on: device)
    } catch let error as any DeviceLossError where error.lossProblem != nil {
      guard let reopen else { throw error }
      session = try begin(on: reopen())
      wasLost = true
    }
    chosenObservers = try TrainingObservers.make(components.recipe.observers, folder)
    self.folder = folder
    self.deviceReason = deviceReason
    self.reopen = reopen
    self.fingerprint = fingerprint
    self.tuning = tuning
    self.plan = plan
    self.session = session
    deviceInfo = device.info
    firstStep = session.firstStep
    lastCheckpoint = resume ? folder.checkpoints.path(step: firstStep) : nil
  }

  /// Trains to the recipe's last step, or until `interruption` asks for a stop; a checkpoint is saved at the end of either.
  ///
  /// A lost device is opened again, once until the next checkpoint, and the run goes on from the last one.
  ///
  /// - Parameter observers: beside the log, the samples and those that the recipe asks for.
  /// - Returns: whether all steps were done.
  /// - Throws: `TrainingError.diverged` when the loss or the gradient is no longer finite, `.overflowing` when f16 cannot hold
  ///   gradients at any scale, `.deviceLostAgain`, and what devices and files throw.
  @discardableResult
  public func run(
    observers: [any TrainingObserver] = [], interruption: Interruption = Interruption()
  ) throws -> Bool {
    let observers = chosenObservers + observers
    try folder.create()
    try folder.write(configuration: recipe)
    while true {
      do {
        return try train(observers, interruption)
      } catch let error as any DeviceLossError {
        guard let problem = error.lossProblem, let reopen else { throw error }
        if wasLost { throw TrainingError.deviceLostAgain(problem: problem, checkpoint: lastCheckpoint) }
        do {
          try recover(from: problem, reopen, observers)
        } catch let error as any DeviceLossError {
          guard let problem = error.lossProblem else { throw error }
          throw TrainingError.deviceLostAgain(problem: problem, checkpoint: lastCheckpoint)
        }
      }
    }
  }

  /// Opens the device again and takes up the last checkpoint, or the beginning.
  private func recover(
    from problem: String, _ reopen: () throws -> any Device, _ observers: [any TrainingObserver]
  ) throws {
    wasLost = true
    // What is left of the device goes before it is opened again.
    session = nil
    session = try TrainingSession(
      plan, on: reopen(), tuning, resuming: lastCheckpoint == nil ? nil : folder, dataFingerprint: fingerprint
    )
    let list = ObserverList(observers)
    list.note(
      "\(problem); it was opened again, and the run goes on from \(lastCheckpoint ?? "its first step")")
    list.tell(.rewound(step: session?.firstStep ?? 0))
  }

  /// Trains from where the session is.
  private func train(_ given: [any TrainingObserver], _ interruption: Interruption) throws -> Bool {
    guard let session else { throw BackendError.deviceLost(device: deviceInfo.name, problem: "it is closed") }
    let log = try folder.openLog(resumingAt: session.firstStep)
    let step = try TrainingStep(plan, state: session.state, device: session.device)
    // Before the first checkpoint, so that nobody can resume without it.
    try tuning.save(from: session.device)
    let check = HealthCheck(
      step: step, watches: try watches(session), patience: recipe.training.lossScale.patience)
    let observers = ObserverList(
      [
        LogObserver(log),
        SampleObserver(
          every: plan.components.task.generatesImages ? recipe.training.sampleEvery : 0),
      ] + given)
    let observed = ObservedRun(
      recipe: recipe, conditions: plan.components.conditions, folder: folder,
      generator: { try self.generator(session) }, keepTuning: { try self.tuning.save(from: session.device) },
      tell: observers.tell)
    if !hasStarted { start(session, step, observers) }
    step.notes.forEach(observers.note)
    var meter = RateMeter(step: session.firstStep)
    var number = session.firstStep
    while number < recipe.training.steps, !interruption.isRequested {
      try step.run(step: number + 1, loader.batch(step: number))
      number += 1
      try check.refuseStall(number, checkpoint: lastCheckpoint)
      observers.tell(.stepped(step: number))
      let isLast = number == recipe.training.steps
      if isLast || number.isDue(every: recipe.training.logEvery) || number == 1 {
        observers.tell(.logged(try logged(number, check, &meter)))
        step.notes.forEach(observers.note)
      }
      try observers.step(number, isLast: isLast, observed)
      if number.isDue(every: recipe.training.checkpointEvery), !isLast {
        try save(number, session, check, observers)
      }
    }
    if number > session.firstStep { try save(number, session, check, observers) }
    let isDone = number >= recipe.training.steps
    observers.tell(.finished(step: number, interrupted: !isDone))
    return isDone
  }

  private func start(_ session: TrainingSession, _ step: TrainingStep, _ observers: ObserverList) {
    hasStarted = true
    observers.tell(
      .started(
        RunDescription(
          name: recipe.name, firstStep: session.firstStep, lastStep: recipe.training.steps,
          batch: recipe.training.batch, parameterCount: plan.parameterCount, imageCount: loader.dataset.count,
          device: "\(deviceInfo.backend): \(deviceInfo.name) (\(deviceReason))", memory: plan.byteCount,
          workspace: step.workspaceByteCount)))
    if tuning.isMissing, session.device is any TunableDevice {
      observers.note(
        "\(folder.tuningPath) is missing, so the last bits may differ from those of an uninterrupted run")
    }
    for bad in loader.bad { observers.note("skipped \(bad.key): \(bad.reason)") }
  }

  private func watches(_ session: TrainingSession) throws -> [any TrainingWatch] {
    try plan.components.task.watches(
      WatchedRun(generator: { try self.generator(session) }, loader: loader, saved: session.state.saved))
  }

  private func generator(_ session: TrainingSession) throws -> Generator {
    try Generator(plan.components, device: session.device, state: session.state.store)
  }

  private func logged(
    _ number: Int, _ check: HealthCheck, _ meter: inout RateMeter
  ) throws -> LoggedStep {
    var metrics = try check.metrics(number, checkpoint: lastCheckpoint)
    metrics.values += try check.watched(number, checkpoint: lastCheckpoint)
    let rate = meter.stepsPerSecond(at: number) * Double(recipe.training.batch)
    return LoggedStep(
      step: number, images: number * recipe.training.batch, metrics: metrics,
      learningRate: plan.components.schedule(step: max(1, number - check.step.knownSkips)),
      imagesPerSecond: rate)
  }

  private func save(
    _ number: Int, _ session: TrainingSession, _ check: HealthCheck, _ observers: ObserverList
  ) throws {
    _ = try check.metrics(number, checkpoint: lastCheckpoint)
    _ = try check.watched(number, checkpoint: lastCheckpoint)
    let checkpoint = try session.state.checkpoint(
      step: number, dataFingerprint: fingerprint, watches: check.watches)
    try check.refuse(checkpoint, checkpoint: lastCheckpoint)
    try folder.checkpoints.save(checkpoint, keep: recipe.training.keepCheckpoints)
    let path = folder.checkpoints.path(step: number)
    lastCheckpoint = path
    wasLost = false
    observers.tell(.checkpointSaved(step: number, path: path))
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
    let seconds = elapsed / .seconds(1)
    return seconds > 0 ? Double(step - self.step) / seconds : 0
  }
}

extension Int {
  /// Whether something that happens every `period` steps is due; never where the period is 0.
  func isDue(every period: Int) -> Bool { period > 0 && isMultiple(of: period) }
}
