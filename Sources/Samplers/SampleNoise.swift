import SfumatoRandom

/// The noise of a batch of pictures, each drawn from its own seed.
public struct SampleNoise: Sendable {
  public let seeds: [UInt64]
  /// Numbers in one picture, height × width × channels.
  public let elementsPerImage: Int

  public init(seeds: [UInt64], elementsPerImage: Int) {
    self.seeds = seeds
    self.elementsPerImage = elementsPerImage
  }

  /// The unit Gaussian noise that the walk starts from.
  public func start() -> [Float] { draw(.sample, step: 0) }

  /// The unit Gaussian noise that a stochastic sampler adds in step `step`.
  public func churn(step: Int) -> [Float] { draw(.sampleChurn, step: step) }

  private func draw(_ purpose: Purpose, step: Int) -> [Float] {
    seeds.flatMap {
      RandomStream(seed: $0, step: UInt64(step), purpose: purpose).normals(elementsPerImage)
    }
  }
}
