import SfumatoBackend
import SfumatoCheckpoint
import SfumatoConditions
import SfumatoConfiguration
import SfumatoJSON
import SfumatoNN

extension Generator {
  /// Opens a checkpoint for sampling.
  ///
  /// Where `path` is a run, the device computes as it did there, where that can differ in the last bits.
  ///
  /// - Parameter path: a checkpoint's folder, or a run's, whose newest checkpoint is taken.
  /// - Returns: the generator, with what was opened.
  /// - Throws: `CheckpointError`, `TrainingError.notATrainingCheckpoint`, `.damagedTuning`.
  public static func open(_ path: String, device: any Device) throws -> (
    generator: Generator, model: OpenedModel
  ) {
    let folder = try checkpointPath(path)
    try RunTuning(RunFolder(path: path), resume: true).keep(on: device)
    let checkpoint = try Checkpoint(folder: folder)
    let components = try Components(checkpoint, path: folder)
    guard let file = checkpoint.parts["ema"] else {
      throw TrainingError.notATrainingCheckpoint(path: folder, problem: "there is no ema.safetensors in it")
    }
    let (program, parameters) = try program(components)
    let stored = StoredParameters(parameters: parameters)
    let state = try device.makeState(for: program)
    try file.check(
      against: stored.descriptions, path: folder + "/ema.safetensors",
      allowing: components.task.mayBeForTrainingOnly)
    try stored.write(file, path: folder + "/ema.safetensors", to: state, ParameterList.averagePrefix)
    let hash = SHA256.hexadecimal(of: try file.serialized())
    return (
      try Generator(components, device: device, state: state),
      OpenedModel(path: folder, step: checkpoint.step, hash: String(hash.prefix(16)))
    )
  }

  private static func checkpointPath(_ path: String) throws -> String {
    let run = RunFolder(path: path)
    guard run.exists else { return path }
    return run.checkpoints.path(step: try run.checkpoints.latest())
  }
}

/// Which model a generator uses.
public struct OpenedModel: Sendable {
  /// The checkpoint's folder.
  public var path: String
  public var step: Int
  /// The first 16 digits of the SHA-256 of the averaged parameters.
  public var hash: String
}

extension Components {
  /// The parts that a checkpoint was trained with.
  ///
  /// - Throws: `TrainingError.notATrainingCheckpoint` when it does not say, and what making the parts throws.
  public init(_ checkpoint: Checkpoint, path: String) throws {
    guard let yaml = checkpoint.state["recipe"]?.string,
      let surveys = ConditionSet.surveys(in: checkpoint.state)
    else {
      throw TrainingError.notATrainingCheckpoint(
        path: path, problem: "its state.json has no recipe; it must come from `sfumato train`")
    }
    try self.init(
      recipe: Recipe(yaml: yaml, source: path + "/state.json"), surveys: surveys)
  }
}
