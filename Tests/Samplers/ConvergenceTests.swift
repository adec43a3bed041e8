import Foundation
import SfumatoRegistry
import SfumatoSamplers
import Testing

/// Sampling with the exact denoiser of a Gaussian, where the probability-flow ODE has the solution
/// x(σ) = x(σ0)·√((s² + σ²)/(s² + σ0²)).
@Suite struct ConvergenceTests {
  private let s = 0.5

  /// The error at the last level above 0, where the orders of the methods show; the step to 0 is Euler's.
  private func error(_ sampler: Sampler, _ options: [String: OptionValue], steps: Int) throws -> Double {
    let sigmas = try NoiseSchedule.karras(sigmaMin: 0.1, sigmaMax: 5, rho: 7).sigmas(steps: steps)
    let start: [Float] = [1, -0.7]
    var beforeLast: [Float] = []
    _ = try sampler.sample(
      from: start, sigmas: sigmas, options: options,
      SamplingContext(
        denoise: gaussianDenoiser(s), noise: { _ in [0, 0] },
        trajectory: { if $0.step == $0.stepCount - 1 { beforeLast = $0.x } }))
    let growth = ((s * s + 0.01) / (s * s + 25)).squareRoot()
    return zip(beforeLast, start).map { abs(Double($0) - Double($1) * 5 * growth) }.max() ?? .infinity
  }

  /// The order p of error ~ N^−p, from 16 to 64 steps.
  private func order(_ sampler: Sampler, _ options: [String: OptionValue]) throws -> Double {
    log(try error(sampler, options, steps: 17) / error(sampler, options, steps: 65)) / log(4)
  }

  /// What 16 to 64 steps show of each sampler's order; nil for one that is always random. On a Gaussian DDIM's errors cancel in part.
  private static let orders: [String: ClosedRange<Double>?] = [
    "euler": 0.85...1.15, "heun": 1.75...2.25, "dpm++2m": 1.75...2.25, "ddim": 0.85...2,
    "flow-euler": 0.75...1.25,
    "euler-ancestral": nil, "ddpm": nil,
  ]

  /// What makes a sampler exact, and what makes it random, where it has such options.
  private static let exact: [String: OptionValue] = ["clip": 0, "eta": 0, "s_churn": 0]
  private static let random: [String: OptionValue] = ["s_churn": 20, "eta": 0.5]

  private static func chosen(_ values: [String: OptionValue], of name: String) throws -> [String: OptionValue]
  {
    let known = try Samplers.registry.entry(name).options.map(\.name)
    return values.filter { known.contains($0.key) }
  }

  @Test(arguments: Samplers.registry.names)
  func order(name: String) throws {
    // A sampler that ships has its line here.
    let expected = try #require(Self.orders[name])
    guard let expected else { return }
    let found = try self.order(Samplers.registry.entry(name), Self.chosen(Self.exact, of: name))
    #expect(expected.contains(found), "order \(found)")
  }

  /// All samplers, as they are and as random as they can be, must reach the Gaussian's deviation.
  @Test(arguments: Samplers.registry.names, [false, true])
  func samplesHaveTheRightDeviation(name: String, isRandom: Bool) throws {
    let options = try Self.chosen(Self.exact.merging(isRandom ? Self.random : [:]) { $1 }, of: name)
    let noise = SampleNoise(seeds: Array(0..<8), elementsPerImage: 512)
    let samples = try Samplers.registry.entry(name).sample(
      from: noise.start(), sigmas: NoiseSchedule.karras(sigmaMax: 20).sigmas(steps: 400), options: options,
      SamplingContext(denoise: gaussianDenoiser(s), noise: { noise.churn(step: $0) }))
    let deviation = (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    #expect(abs(deviation - s) < 0.04 * s, "deviation \(deviation)")
  }
}
