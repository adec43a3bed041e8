/// What a training step found.
public struct StepMetrics: Sendable {
  public var loss: Double
  /// Norm of the gradient before clipping.
  public var gradientNorm: Double
  /// Where loss scaling stands after the step; nil without it.
  public var lossScale: LossScaleStatus?

  /// Whether gradients overflowed, and nothing was learned.
  public var isSkipped: Bool { lossScale != nil && !gradientNorm.isFinite }
}
