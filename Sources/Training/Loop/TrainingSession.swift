import SfumatoBackend
import SfumatoCheckpoint

/// What of a training run lies on its device. When the device is lost, so is this, and a new one takes its place.
struct TrainingSession {
  let device: any Device
  let state: TrainingState
  /// Steps that the state has behind it.
  let firstStep: Int

  /// The state of a run's newest checkpoint, or of its beginning.
  ///
  /// - Parameters:
  ///   - tuning: what the device is to choose.
  ///   - folder: the run to go on with; nil to begin.
  /// - Throws: `CheckpointError` where there is no checkpoint, or it is damaged; `TrainingError` where it is another run's.
  init(
    _ plan: TrainingPlan, on device: any Device, _ tuning: RunTuning, resuming folder: RunFolder?,
    dataFingerprint: UInt64
  ) throws {
    try tuning.keep(on: device)
    self.device = device
    state = try TrainingState(plan.components, plan.programs, device: device)
    guard let folder else {
      try state.initialize(seed: UInt64(plan.components.recipe.training.seed))
      firstStep = 0
      return
    }
    firstStep = try folder.checkpoints.latest()
    let checkpoint = try folder.checkpoints.load(step: firstStep)
    try state.restore(
      checkpoint, path: folder.checkpoints.path(step: firstStep), dataFingerprint: dataFingerprint)
  }
}
