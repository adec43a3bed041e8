import Foundation
import SfumatoRegistry
import SfumatoSamplers
import Testing

/// Sampling with the exact denoiser of a Gaussian, where the probability-flow ODE has the solution
/// x(σ) = x(σ0)·√((s² + σ²)/(s² + σ0²)).
@Suite struct ConvergenceTests {
  private let s = 0.5

  /// The error at the last level above 0, where the orders of the methods show; the step to 0 is Euler's.
  private func error(_ sampler: Sampler, steps: Int) throws -> Double {
    let sigmas = try NoiseSchedule.karras(sigmaMin: 0.1, sigmaMax: 5, rho: 7).sigmas(steps: steps)
    let start: [Float] = [1, -0.7]
    var beforeLast: [Float] = []
    _ = try sampler.sample(
      from: start, sigmas: sigmas,
      SamplingContext(
        denoise: gaussianDenoiser(s), noise: { _ in [0, 0] },
        trajectory: { if $0.step == $0.stepCount - 1 { beforeLast = $0.x } }))
    let growth = ((s * s + 0.01) / (s * s + 25)).squareRoot()
    return zip(beforeLast, start).map { abs(Double($0) - Double($1) * 5 * growth) }.max() ?? .infinity
  }

  /// The order p of error ~ N^−p, from 16 to 64 steps.
  private func order(_ sampler: Sampler) throws -> Double {
    log(try error(sampler, steps: 17) / error(sampler, steps: 65)) / log(4)
  }

  @Test func eulerIsOfFirstOrder() throws {
    #expect(abs(try order(.euler) - 1) < 0.15)
  }

  @Test func heunIsOfSecondOrder() throws {
    #expect(abs(try order(.heun) - 2) < 0.25)
  }

  @Test func dpmSolverMultistepIsOfSecondOrder() throws {
    #expect(abs(try order(.dpmSolverMultistep) - 2) < 0.25)
  }

  /// All samplers, stochastic ones too, must reach the Gaussian's deviation.
  @Test(
    arguments: [
      ("heun", ["s_churn": 20]), ("euler", [:]), ("euler-ancestral", [:]), ("dpm++2m", [:]),
      ("ddpm", ["clip": 0]), ("ddim", ["clip": 0, "eta": 0.5]), ("flow-euler", [:]),
    ] as [(String, [String: OptionValue])])
  func samplesHaveTheRightDeviation(name: String, options: [String: OptionValue]) throws {
    let noise = SampleNoise(seeds: Array(0..<8), elementsPerImage: 512)
    let samples = try Samplers.registry.entry(name).sample(
      from: noise.start(), sigmas: NoiseSchedule.karras(sigmaMax: 20).sigmas(steps: 400), options: options,
      SamplingContext(denoise: gaussianDenoiser(s), noise: { noise.churn(step: $0) }))
    let deviation = (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    #expect(abs(deviation - s) < 0.04 * s, "deviation \(deviation)")
  }
}
