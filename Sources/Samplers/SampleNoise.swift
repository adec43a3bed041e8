import SfumatoRandom

/// The noise of a batch of images, each with a seed or a point between seeds of its own.
public struct SampleNoise: Sendable {
  public let points: [NoisePoint]
  /// Numbers in one image, height × width × channels, or in a latent vector.
  public let elementsPerImage: Int

  public init(points: [NoisePoint], elementsPerImage: Int) {
    self.points = points
    self.elementsPerImage = elementsPerImage
  }

  public init(seeds: [UInt64], elementsPerImage: Int) {
    self.init(points: seeds.map { NoisePoint($0) }, elementsPerImage: elementsPerImage)
  }

  /// The unit Gaussian noise that a sampling loop starts from.
  public func start() -> [Float] { draw(.sample, step: 0) }

  /// The unit Gaussian noise that a stochastic sampler adds in step `step`.
  public func churn(step: Int) -> [Float] { draw(.sampleChurn, step: step) }

  private func draw(_ purpose: Purpose, step: Int) -> [Float] {
    points.flatMap { $0.normals(elementsPerImage, purpose: purpose, step: step) }
  }
}
