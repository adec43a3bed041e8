import Foundation

/// The learning rate of each step.
public struct LearningRateSchedule: Hashable, Sendable {
  /// What follows the warm-up.
  public enum Decay: String, Sendable, CaseIterable {
    case constant
    /// Half a cosine from the peak down to 0 at the last step.
    case cosine
  }

  public var peak: Double
  public var decay: Decay
  /// The steps in which the rate rises from 0 to its peak.
  public var warmupSteps: Int
  /// The number of steps in all; cosine decay ends there.
  public var totalSteps: Int

  public init(peak: Double, decay: Decay = .constant, warmupSteps: Int = 0, totalSteps: Int) {
    self.peak = peak
    self.decay = decay
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The rate of `step`, counted from 1.
  public func callAsFunction(step: Int) -> Double {
    if step <= warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    switch decay {
    case .constant: return peak
    case .cosine:
      // The first step after the warm-up is at the peak, the last is one short of 0.
      let done = Double(step - warmupSteps - 1) / Double(max(1, totalSteps - warmupSteps))
      return peak * 0.5 * (1 + cos(Double.pi * min(1, done)))
    }
  }
}

/// How much of the parameters' moving average stays in each step.
public struct AverageSchedule: Hashable, Sendable {
  public var decay: Double
  /// Whether young averages forget faster: the decay is at most (1 + step)/(10 + step).
  public var warmsUp: Bool

  public init(decay: Double = 0.999, warmsUp: Bool = true) {
    self.decay = decay
    self.warmsUp = warmsUp
  }

  /// The decay of `step`, counted from 1.
  public func callAsFunction(step: Int) -> Double {
    warmsUp ? min(decay, Double(1 + step) / Double(10 + step)) : decay
  }
}
