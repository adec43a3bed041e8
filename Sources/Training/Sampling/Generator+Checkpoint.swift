import SfumatoBackend

extension Generator {
  /// Opens a checkpoint for sampling.
  ///
  /// - Parameter path: a checkpoint's folder, or a run's, whose newest checkpoint is taken; see `TrainedRun`.
  /// - Returns: the generator, with what was opened.
  /// - Throws: what `TrainedRun` throws; `TrainingError.inapplicable` where the task generates no images.
  public static func open(_ path: String, device: any Device) throws -> (
    generator: Generator, model: OpenedModel
  ) {
    let run = try TrainedRun(path, for: device)
    let (program, parameters) = try program(run.components)
    let state = try run.state(for: program, parameters, on: device)
    return (try Generator(run.components, device: device, state: state), run.model)
  }
}
