import Foundation

/// Half a cosine from one value to another.
public struct CosineSchedule: Hashable, Sendable {
  public var start: Double
  public var end: Double
  /// The steps that it takes; the end is reached in the one after them and kept.
  public var steps: Int

  public init(from start: Double, to end: Double, steps: Int) {
    self.start = start
    self.end = end
    self.steps = steps
  }

  /// The value in `step`, counted from 1.
  public func callAsFunction(step: Int) -> Double {
    let done = min(1, Double(max(0, step - 1)) / Double(max(1, steps)))
    return end + (start - end) * 0.5 * (1 + cos(Double.pi * done))
  }
}

/// The learning rate of each step.
public struct LearningRateSchedule: Hashable, Sendable {
  /// What follows the warm-up.
  public enum Decay: String, Sendable, CaseIterable {
    case constant
    /// Half a cosine from the peak down to the final rate at the last step.
    case cosine
  }

  public var peak: Double
  public var decay: Decay
  /// What cosine decay ends at.
  public var final: Double
  /// The steps in which the rate rises from 0 to its peak.
  public var warmupSteps: Int
  /// The number of steps in all; cosine decay ends there.
  public var totalSteps: Int

  public init(
    peak: Double, decay: Decay = .constant, final: Double = 0, warmupSteps: Int = 0, totalSteps: Int
  ) {
    self.peak = peak
    self.decay = decay
    self.final = final
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The rate of `step`, counted from 1.
  public func callAsFunction(step: Int) -> Double {
    if step <= warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    switch decay {
    case .constant: return peak
    case .cosine:
      // The first step after the warm-up is at the peak, the last is one short of the end.
      return CosineSchedule(from: peak, to: final, steps: totalSteps - warmupSteps)(step: step - warmupSteps)
    }
  }
}

/// How much of the parameters' moving average stays in each step.
public struct AverageSchedule: Hashable, Sendable {
  public var decay: Double
  /// Whether young averages forget faster: the decay is at most (1 + step)/(10 + step).
  public var warmsUp: Bool
  /// In place of `decay`: the steps in which half of an average is forgotten.
  public var halfLife: CosineSchedule?

  public init(decay: Double = 0.999, warmsUp: Bool = true) {
    self.decay = decay
    self.warmsUp = warmsUp
  }

  /// An average that forgets half of itself in a number of steps, which may change.
  public init(halfLife: CosineSchedule) {
    self.init(decay: 1, warmsUp: false)
    self.halfLife = halfLife
  }

  /// The decay of `step`, counted from 1.
  public func callAsFunction(step: Int) -> Double {
    if let halfLife {
      let steps = halfLife(step: step)
      return steps > 0 ? exp2(-1 / steps) : 0
    }
    return warmsUp ? min(decay, Double(1 + step) / Double(10 + step)) : decay
  }
}
