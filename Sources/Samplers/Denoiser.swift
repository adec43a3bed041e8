/// D(x; σ): the expected clean images given x = clean + σ·noise, with unit Gaussian noise.
///
/// `x` holds a whole batch, images one after another; the result has the same layout. Image values
/// are in [-1, 1].
public typealias Denoiser = (_ x: [Float], _ sigma: Double) throws -> [Float]

/// Unit Gaussian noise for the whole batch that a stochastic sampler adds in step `step`.
public typealias StepNoise = (_ step: Int) throws -> [Float]

/// Where a sampler is after a step.
public struct TrajectoryPoint: Sendable {
  /// The steps done, from 1 to `stepCount`.
  public let step: Int
  public let stepCount: Int
  /// The noise level that `x` is at; 0 after the last step.
  public let sigma: Double
  /// The batch in the variance-exploding parametrisation, clean + σ·noise.
  public let x: [Float]
  /// The denoiser's guess that the step was taken with.
  public let denoised: [Float]

  public init(step: Int, stepCount: Int, sigma: Double, x: [Float], denoised: [Float]) {
    self.step = step
    self.stepCount = stepCount
    self.sigma = sigma
    self.x = x
    self.denoised = denoised
  }
}

/// What a sampler asks and tells in its loop.
public struct SamplingContext {
  public var denoise: Denoiser
  public var noise: StepNoise
  /// Called after each step; throwing stops the loop.
  public var trajectory: ((TrajectoryPoint) throws -> Void)?

  public init(
    denoise: @escaping Denoiser, noise: @escaping StepNoise,
    trajectory: ((TrajectoryPoint) throws -> Void)? = nil
  ) {
    self.denoise = denoise
    self.noise = noise
    self.trajectory = trajectory
  }
}
