import SfumatoBackend
import SfumatoCheckpoint

/// What of a training run lies on its device. When the device is lost, so is this, and a new one takes its place.
struct TrainingSession {
  let device: any Device
  let state: TrainingState
  /// Steps that the state has behind it.
  let firstStep: Int

  /// The state of a run's beginning.
  init(_ plan: TrainingPlan, on device: any Device) throws {
    self.device = device
    state = try TrainingState(plan.components, plan.programs, device: device)
    try state.initialize(seed: UInt64(plan.components.recipe.training.seed))
    firstStep = 0
  }

  /// The state of the newest checkpoint of a run.
  ///
  /// - Throws: `CheckpointError` where there is none, or it is damaged; `TrainingError` where it is another run's.
  init(_ plan: TrainingPlan, on device: any Device, resuming folder: RunFolder, dataFingerprint: UInt64)
    throws
  {
    self.device = device
    state = try TrainingState(plan.components, plan.programs, device: device)
    firstStep = try folder.checkpoints.latest()
    let checkpoint = try folder.checkpoints.load(step: firstStep)
    try state.restore(
      checkpoint, path: folder.checkpoints.path(step: firstStep), dataFingerprint: dataFingerprint)
  }
}
