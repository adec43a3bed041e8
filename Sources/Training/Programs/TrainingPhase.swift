import SfumatoGraph

/// A part of a training step that ends in an update of some of the parameters.
///
/// Over a whole batch it is one program. With micro-batches it is two: `accumulate`, run once for each of them, adds up
/// gradients and metrics in states; `update` then applies them.
public struct TrainingPhase: Sendable {
  /// Empty for the only one of a step.
  public let name: String
  /// Runs once for each micro-batch; nil when the phase is one program.
  public let accumulate: Program?
  /// Ends the phase, or is all of it.
  public let update: Program
  /// Which of the step's batches of images it learns from.
  public let batch: Int
  /// What it says of itself, outputs of `update`, in the order of a log.
  public let metrics: [String]
  /// Whether it is part of a step, counted from 1.
  public let isDue: @Sendable (_ step: Int) -> Bool

  /// In the order in which they run.
  public var programs: [Program] { [accumulate, update].compactMap { $0 } }
}
