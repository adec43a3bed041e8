/// What a training step found.
public struct StepMetrics: Sendable, Equatable {
  /// A number with its name in logs.
  public struct Value: Sendable, Equatable {
    public var name: String
    public var value: Double

    public init(name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// In the order of logs: of a denoiser, `loss` and `gradient_norm`; of a GAN, those of the discriminator and then of the
  /// generator.
  public var values: [Value]
  /// Where loss scaling stands after the step; nil without it.
  public var lossScale: LossScaleStatus?

  public init(values: [Value], lossScale: LossScaleStatus? = nil) {
    self.values = values
    self.lossScale = lossScale
  }

  /// The value called `name`.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  /// The first loss: a denoiser's, or a discriminator's without its penalty.
  public var loss: Double { values.first { $0.name.hasSuffix("loss") }?.value ?? .nan }
  /// Norm of a denoiser's gradient before clipping.
  public var gradientNorm: Double { self[TrainingPrograms.Name.gradientNorm] ?? .nan }

  /// Whether gradients overflowed, and nothing was learned.
  public var isSkipped: Bool { lossScale != nil && !gradientNorm.isFinite }
}
