import SfumatoDatasets
import SfumatoJSON

/// Looks at a run now and then for what no loss shows.
public protocol TrainingWatch: AnyObject {
  /// What a checkpoint keeps of it, a member of `state.json`; nil for nothing.
  var kept: (key: String, value: JSONValue)? { get }

  /// Looks at the run as it is after `step`, and has its numbers logged.
  ///
  /// - Parameter checkpoint: the last good one, for messages.
  /// - Throws: where the run is lost; nothing is saved of it then.
  func look(step: Int, checkpoint: String?) throws -> [StepMetrics.Value]
}

/// What a watch can look at.
public struct WatchedRun {
  /// Generates images with the averaged parameters as they are.
  public let generator: () throws -> Generator
  public let loader: BatchLoader
  /// The `state.json` of the checkpoint that the run goes on from; empty at its beginning.
  public let saved: JSONObject
}
