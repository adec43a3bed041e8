import Foundation
import SfumatoCheckpoint
import SfumatoConfiguration

/// The folder of a training run.
///
/// ```
/// config.yaml                          the recipe with every value
/// tuning.json                          how devices compute where that can differ in the last bits
/// log.jsonl                            one object a logged step
/// samples/step-N.png                   grids of fixed seeds
/// checkpoints/step-N/*.safetensors     and state.json
/// ```
public struct RunFolder: Sendable {
  public let path: String
  private let files = PosixFileSystem()

  public init(path: String) { self.path = path }

  public var configurationPath: String { path + "/config.yaml" }
  public var tuningPath: String { path + "/tuning.json" }
  public var logPath: String { path + "/log.jsonl" }
  public var samplesPath: String { path + "/samples" }
  public var checkpoints: CheckpointFolder<PosixFileSystem> { CheckpointFolder(path: path + "/checkpoints") }

  public func samplePath(step: Int) -> String { "\(samplesPath)/step-\(step).png" }

  /// Whether a run has left checkpoints here, which another one must not overwrite.
  public var isOccupied: Bool { (try? checkpoints.steps().isEmpty) == false }

  /// Whether this is a run's folder, with checkpoints or without.
  public var exists: Bool {
    FileManager.default.fileExists(atPath: configurationPath)
      || FileManager.default.fileExists(atPath: checkpoints.path)
  }

  /// Makes the folder and its parts where they are missing, and checks that files can be written.
  ///
  /// - Throws: `CheckpointError.fileOperation` or `.diskFull`.
  public func create() throws {
    try files.createDirectories(samplesPath)
    try files.createDirectories(checkpoints.path)
  }

  /// Saves the recipe with every value, in one step.
  public func write(configuration recipe: Recipe) throws {
    try files.publish(Array(try recipe.yaml().utf8), to: configurationPath)
  }

  /// The recipe that the run was started with.
  ///
  /// - Throws: `RecipeError`.
  public func configuration(overrides: [String] = []) throws -> Recipe {
    try Recipe(path: configurationPath, overrides: overrides)
  }

  /// Saves the sample grid of a step, in one step, and returns its path.
  @discardableResult
  public func write(samplePNG png: [UInt8], step: Int) throws -> String {
    try files.publish(png, to: samplePath(step: step))
    return samplePath(step: step)
  }

  /// Opens the log, cut back to the lines up to `step`.
  public func openLog(resumingAt step: Int) throws -> RunLog { try RunLog(path: logPath, resumingAt: step) }
}
