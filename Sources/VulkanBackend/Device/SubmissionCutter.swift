import Foundation
import SfumatoGraph

/// Cuts a step into submissions by what its parts are found to take.
///
/// The first run is cut by an estimate. Whenever a submission takes longer than the limit, or the estimate made more than one
/// of them, the next run is measured part by part, and later ones are cut by that. Where a queue has no timestamps, the first
/// run is measured on the host's clock, and decides.
struct SubmissionCutter {
  /// How runs are cut now.
  private(set) var plan: SubmissionPlan
  /// What people should know: parts that take too long and cannot be cut.
  private(set) var notes: [String] = []
  private let limit: Double?
  private let names: [String]
  /// Whether the next run is to be measured part by part.
  private(set) var needsMeasurement: Bool
  /// Runs until which nothing is measured again.
  private var quietRuns = 0

  /// Of the limit, how much is used: the next run may be somewhat slower.
  private static let fill = 0.8

  /// - Parameters:
  ///   - limit: seconds that a submission may take; nil for any time.
  ///   - hasTimestamps: whether ordinary runs tell what their submissions take.
  init(_ parts: [StepPart], in program: Program, limit: Double?, hasTimestamps: Bool) {
    self.limit = limit
    names = parts.map(\.group.name)
    plan = SubmissionPlan(parts.map { $0.estimatedSeconds(in: program) }, limit: limit)
    needsMeasurement = limit != nil && (!hasTimestamps || plan.ranges.count > 1)
  }

  /// Looks at what the submissions of an ordinary run took.
  ///
  /// - Parameters:
  ///   - seconds: empty where it is not known yet; nil where the queue turned out to have no times of use, so that the host's
  ///     clock has to tell.
  ///   - runs: runs of the step so far.
  mutating func note(_ seconds: [Double]?, runs: Int) {
    guard let seconds else {
      needsMeasurement = limit != nil
      return
    }
    guard let limit, runs >= quietRuns, seconds.count == plan.ranges.count else { return }
    // What consists of one part cannot be cut, whatever it takes.
    needsMeasurement = zip(seconds, plan.ranges).contains { $0 > limit && $1.count > 1 }
  }

  /// Cuts later runs by what the parts of a measured one took; where that is nil, the next run is measured again.
  mutating func cut(_ seconds: [Double]?, runs: Int) {
    guard let limit, let seconds else { return }
    needsMeasurement = false
    // Times of a busy device vary: measuring gets rarer.
    quietRuns = 2 * runs + 8
    plan = SubmissionPlan(seconds, limit: limit * SubmissionCutter.fill)
    notes = zip(names, seconds).filter { $1 > limit }.map { name, seconds in
      "\(name) takes \(SubmissionCutter.milliseconds(seconds)) ms at once, more than \(SubmissionCutter.milliseconds(limit)), "
        + "and cannot be cut; if the driver ends it, use a smaller batch"
    }
  }

  private static func milliseconds(_ seconds: Double) -> String { String(format: "%.3g", seconds * 1e3) }
}
