/// The state of a sampling loop, in Double.
public struct SamplingLoop {
  /// The state: unit noise at first, then whatever the sampler's parametrisation is.
  public var x: [Double]
  /// Descending noise levels, the last 0.
  public let sigmas: [Double]
  private let context: SamplingContext
  private var denoised: [Float] = []

  init(noise: [Float], sigmas: [Double], context: SamplingContext) throws(SamplerError) {
    guard sigmas.count >= 2, let last = sigmas.last else {
      throw .badSigmas(position: 0, reason: "is missing")
    }
    for (i, sigma) in sigmas.dropLast().enumerated() where !(sigma > sigmas[i + 1] && sigma.isFinite) {
      throw .badSigmas(position: i, reason: "is \(sigma), the next \(sigmas[i + 1])")
    }
    guard last == 0 else { throw .badSigmas(position: sigmas.count - 1, reason: "is \(last)") }
    self.x = noise.map(Double.init)
    self.sigmas = sigmas
    self.context = context
  }

  /// The number of steps.
  public var stepCount: Int { sigmas.count - 1 }

  /// D(x; σ) for a batch `x` in the variance-exploding parametrisation.
  public mutating func denoise(_ x: [Double], sigma: Double, step: Int) throws -> [Double] {
    denoised = try context.denoise(x.map(Float.init), sigma)
    guard denoised.count == x.count else {
      throw SamplerError.sizeMismatch(found: denoised.count, expected: x.count, source: "denoiser")
    }
    let result = denoised.map(Double.init)
    guard result.allSatisfy(\.isFinite) else {
      throw SamplerError.notFinite(step: step + 1, stepCount: stepCount, sigma: sigma)
    }
    return result
  }

  /// Unit Gaussian noise for step `step`.
  public func noise(_ step: Int) throws -> [Double] {
    let noise = try context.noise(step)
    guard noise.count == x.count else {
      throw SamplerError.sizeMismatch(found: noise.count, expected: x.count, source: "noise")
    }
    return noise.map(Double.init)
  }

  /// Reports that step `step` is done.
  ///
  /// - Parameter scale: what to multiply the state by to have it in the variance-exploding parametrisation.
  public func report(_ step: Int, scale: Double = 1) throws {
    guard let trajectory = context.trajectory else { return }
    try trajectory(
      TrajectoryPoint(
        step: step + 1, stepCount: stepCount, sigma: sigmas[step + 1],
        x: x.map { Float($0 * scale) }, denoised: denoised))
  }
}

extension SamplingLoop {
  /// a·x + b·y, element by element.
  public static func combine(_ a: Double, _ x: [Double], _ b: Double, _ y: [Double]) -> [Double] {
    zip(x, y).map { a * $0 + b * $1 }
  }
}

// For samplers whose state is clean + σ·noise itself.
extension SamplingLoop {
  /// Scales the unit noise to the first noise level.
  public mutating func scaleToStart() {
    let sigma = sigmas[0]
    x = x.map { $0 * sigma }
  }

  /// dx/dσ = (x − D(x; σ))/σ of the probability-flow ODE (Karras et al., 2022, equation 3).
  public mutating func slope(_ x: [Double], sigma: Double, step: Int) throws -> [Double] {
    Self.combine(1 / sigma, x, -1 / sigma, try denoise(x, sigma: sigma, step: step))
  }
}
