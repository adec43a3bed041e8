import SfumatoConditions
import SfumatoConfiguration
import SfumatoImages

/// Listens to a training run, and may do something of its own every so many steps.
///
/// An error of an observer is told as a note and ends nothing; the next time it is asked again.
public protocol TrainingObserver: AnyObject {
  /// What notes call it.
  var name: String { get }
  /// Every how many steps `observe(step:of:)` is called, and behind the last one; 0 for never.
  var period: Int { get }
  /// Something happened. Called for every step, so whoever listens must be quick.
  func observe(_ event: TrainingEvent) throws
  /// Step `step` is done, and is a multiple of the period or the last one.
  func observe(step: Int, of run: ObservedRun) throws
}

extension TrainingObserver {
  public var name: String { "\(Self.self)" }
  public var period: Int { 0 }
  public func observe(_ event: TrainingEvent) throws {}
  public func observe(step: Int, of run: ObservedRun) throws {}
}

/// A run between two steps, for observers.
public struct ObservedRun {
  public let recipe: Recipe
  /// What the model is told of images.
  public let conditions: ConditionSet
  public let folder: RunFolder
  let generator: () throws -> Generator
  /// Keeps how the device computes, after something else ran on it.
  let keepTuning: () throws -> Void
  /// Tells all observers.
  let tell: (TrainingEvent) -> Void

  /// Images that the model makes now, with the averaged parameters where there are any.
  ///
  /// - Throws: as `Generator.images`.
  public func images(_ request: SamplingRequest) throws -> [Image] {
    let images = try generator().images(request)
    try keepTuning()
    return images
  }
}
