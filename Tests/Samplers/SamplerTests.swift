import SfumatoDiagnostics
import SfumatoRegistry
import SfumatoSamplers
import Testing

@Suite struct SamplerTests {
  @Test func anImageDependsOnItsOwnSeedOnly() throws {
    func images(_ seeds: [UInt64]) throws -> [Float] {
      let noise = SampleNoise(seeds: seeds, elementsPerImage: 12)
      return try Sampler.heun.sample(
        from: noise.start(), sigmas: NoiseSchedule.karras().sigmas(steps: 6), options: ["s_churn": 10],
        SamplingContext(denoise: gaussianDenoiser(0.5), noise: { noise.churn(step: $0) }))
    }
    let alone = try images([7])
    let among = try images([1, 2, 7, 3])
    #expect(Array(among[24..<36]) == alone)
    #expect(Array(among[0..<12]) != alone)
  }

  @Test func churnDiffersFromStepToStepAndFromTheStart() {
    let noise = SampleNoise(seeds: [5], elementsPerImage: 8)
    #expect(noise.churn(step: 0) != noise.churn(step: 1))
    #expect(noise.churn(step: 0) != noise.start())
  }

  @Test func badSigmasAreNamed() {
    let context = SamplingContext(denoise: { x, _ in x }, noise: { _ in [] })
    for sigmas in [[], [1], [1, 2, 0], [2, 1], [Double.infinity, 0], [0, 0]] as [[Double]] {
      #expect(throws: SamplerError.self) { try Sampler.euler.sample(from: [0], sigmas: sigmas, context) }
    }
  }

  @Test func notANumberStopsTheWalk() {
    let context = SamplingContext(
      denoise: { x, sigma in sigma < 1 ? x.map { _ in .nan } : x }, noise: { _ in [] })
    let error = #expect(throws: SamplerError.self) {
      try Sampler.euler.sample(from: [1], sigmas: [3, 2, 0.5, 0], context)
    }
    #expect(error == .notFinite(step: 3, stepCount: 3, sigma: 0.5))
    #expect(error?.exitCode == .divergence)
  }

  @Test func wrongSizesAreNamed() {
    let shortDenoiser = SamplingContext(denoise: { _, _ in [1] }, noise: { _ in [0, 0] })
    #expect(throws: SamplerError.sizeMismatch(found: 1, expected: 2, source: "denoiser")) {
      try Sampler.euler.sample(from: [1, 2], sigmas: [1, 0], shortDenoiser)
    }
    let shortNoise = SamplingContext(denoise: { x, _ in x }, noise: { _ in [0] })
    #expect(throws: SamplerError.sizeMismatch(found: 1, expected: 2, source: "noise")) {
      try Sampler.eulerAncestral.sample(from: [1, 2], sigmas: [2, 1, 0], shortNoise)
    }
  }

  @Test func badOptionsAndStepCountsAreNamed() {
    let context = SamplingContext(denoise: { x, _ in x }, noise: { _ in [0] })
    let error = #expect(throws: RegistryError.self) {
      try Sampler.heun.sample(from: [1], sigmas: [1, 0], options: ["schurn": 1], context)
    }
    #expect(error?.description == "sampler \"heun\" has no option \"schurn\"; did you mean \"s_churn\"?")
    #expect(throws: SamplerError.stepCount(found: 0, allowed: 1...10_000, schedule: "karras")) {
      try NoiseSchedule.karras().sigmas(steps: 0)
    }
    #expect(throws: SamplerError.stepCount(found: 1001, allowed: 1...1000, schedule: "timesteps")) {
      try NoiseSchedule.timesteps(BetaSchedule(.linear)).sigmas(steps: 1001)
    }
    #expect(throws: SamplerError.self) { try NoiseSchedule.karras(sigmaMin: 0).sigmas(steps: 4) }
    #expect(throws: SamplerError.self) { try NoiseSchedule.karras(sigmaMin: 2, sigmaMax: 1).sigmas(steps: 4) }
    #expect(throws: SamplerError.self) { try NoiseSchedule.karras(rho: .nan).sigmas(steps: 4) }
  }

  @Test func oneStepGoesStraightToTheDenoised() throws {
    let sigmas = try NoiseSchedule.karras().sigmas(steps: 1)
    #expect(sigmas == [80, 0])
    for sampler in Samplers.registry.all {
      let x = try sampler.sample(
        from: [0.3], sigmas: sigmas, SamplingContext(denoise: { _, _ in [0.25] }, noise: { _ in [9] }))
      #expect(abs((x.first ?? 0) - 0.25) < 1e-6, "\(sampler.name)")
    }
  }
}
