import SfumatoBackend
import SfumatoCheckpoint
import SfumatoConditions
import SfumatoConfiguration
import SfumatoGraph
import SfumatoNN

/// A checkpoint, opened to use what it has learned.
public struct TrainedRun: Sendable {
  public let components: Components
  public let model: OpenedModel
  private let averages: Safetensors

  /// Opens a checkpoint.
  ///
  /// - Parameters:
  ///   - path: a checkpoint's folder, or a run's, whose newest checkpoint is taken.
  ///   - device: where `path` is a run, it computes as it did there, where that can differ in the last bits.
  /// - Throws: `CheckpointError`, `TrainingError.notATrainingCheckpoint`, `.damagedTuning`.
  public init(_ path: String, for device: any Device) throws {
    let folder = try Self.checkpointPath(path)
    try RunTuning(RunFolder(path: path), resume: true).keep(on: device)
    let checkpoint = try Checkpoint(folder: folder)
    components = try Components(checkpoint, path: folder)
    guard let averages = checkpoint.parts["ema"] else {
      throw TrainingError.notATrainingCheckpoint(path: folder, problem: "there is no ema.safetensors in it")
    }
    self.averages = averages
    let hash = SHA256.hexadecimal(of: try averages.serialized())
    model = OpenedModel(path: folder, step: checkpoint.step, hash: String(hash.prefix(16)))
  }

  /// A store of `device` for `program`, with the averaged `parameters` in the states that `ParameterList.averagePrefix` names.
  ///
  /// - Parameter parameters: those that the program reads.
  /// - Throws: `CheckpointError` for a tensor that is missing, misshaped, or that nothing in the model is called.
  public func state(for program: Program, _ parameters: [Parameter], on device: any Device) throws
    -> any StateStore
  {
    let stored = StoredParameters(parameters: parameters), path = model.path + "/ema.safetensors"
    let state = try device.makeState(for: program)
    try averages.check(
      against: stored.descriptions, path: path, allowing: components.task.mayBeForTrainingOnly)
    try stored.write(averages, path: path, to: state, ParameterList.averagePrefix)
    return state
  }

  private static func checkpointPath(_ path: String) throws -> String {
    let run = RunFolder(path: path)
    guard run.exists else { return path }
    return run.checkpoints.path(step: try run.checkpoints.latest())
  }
}

/// Which model is used.
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
