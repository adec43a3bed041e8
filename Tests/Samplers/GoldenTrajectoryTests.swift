import GoldenSupport
import SfumatoRegistry
import SfumatoSamplers
import Testing

@Suite struct GoldenTrajectoryTests {
  private let golden: GoldenFile
  private let denoiser: MixtureDenoiser

  init() throws {
    golden = try GoldenFile(module: "Samplers", name: "samplers")
    denoiser = MixtureDenoiser(a: try golden("a").values, s: try golden("s").values)
  }

  /// Every point of the trajectory, as the sampler reported it.
  private func trajectory(
    _ sampler: Sampler, sigmas: [Double], options: [String: OptionValue] = [:]
  ) throws -> [TrajectoryPoint] {
    let noise = try golden("noise").floats
    let unit = try golden("unit").floats
    var points: [TrajectoryPoint] = []
    let result = try sampler.sample(
      from: unit, sigmas: sigmas, options: options,
      SamplingContext(
        denoise: { denoiser($0, $1) },
        noise: { Array(noise[$0 * unit.count..<($0 + 1) * unit.count]) },
        trajectory: { points.append($0) }))
    #expect(points.last?.x == result)
    #expect(points.map(\.step) == Array(1..<sigmas.count))
    return points
  }

  @Test(
    arguments: [
      ("euler", "euler", [:]), ("euler-ancestral", "euler_ancestral", [:]), ("heun", "heun", [:]),
      ("heun", "heun.churn", ["s_churn": 40, "s_min": 0.05, "s_max": 50, "s_noise": 1.003]),
      ("dpm++2m", "dpm++2m", [:]),
    ] as [(String, String, [String: OptionValue])])
  func edmSamplers(name: String, key: String, options: [String: OptionValue]) throws {
    let sigmas = try NoiseSchedule.karras().sigmas(steps: 18)
    let expected = try golden("sigmas.karras").values
    #expect(largestError(sigmas.map { $0 }, expected) < 1e-12)
    let points = try trajectory(Samplers.registry.entry(name), sigmas: sigmas, options: options)
    #expect(relativeError(points.flatMap { $0.x.map(Double.init) }, try golden(key).values) < 1e-6)
    #expect(largestError(points.last?.x.map(Double.init) ?? [], try golden(key).values.suffix(24)) < 1e-5)
  }

  @Test(arguments: [
    ("leading", 10, BetaSchedule.Kind.linear, TimestepSpacing.leading, 0.0),
    ("trailing", 10, .linear, .trailing, 0), ("clip", 20, .linear, .leading, 0.6),
    ("cosine", 20, .squaredCosine, .leading, 0),
  ])
  func variancePreservingSamplers(
    key: String, steps: Int, kind: BetaSchedule.Kind, spacing: TimestepSpacing, clip: Double
  ) throws {
    let betas = BetaSchedule(kind)
    let sigmas = try NoiseSchedule.timesteps(betas, spacing: spacing).sigmas(steps: steps)
    #expect(
      spacing.timesteps(steps, of: 1000).map(Double.init) == (try golden("ddpm.\(key).timesteps").values))
    func check(_ sampler: Sampler, _ options: [String: OptionValue], _ key: String) throws {
      let points = try trajectory(
        sampler, sigmas: sigmas, options: options.merging(["clip": .number(clip)]) { $1 })
      let preserving = points.flatMap { point in
        point.x.map { Double($0) / (1 + point.sigma * point.sigma).squareRoot() }
      }
      #expect(largestError(preserving, try golden(key).values) < 1e-5, "\(key)")
    }
    try check(.ddpm, [:], "ddpm.\(key)")
    for eta in [0.0, 0.5, 1.0] { try check(.ddim, ["eta": .number(eta)], "ddim.\(key).\(eta)") }
  }

  @Test func flowSampler() throws {
    let sigmas = try NoiseSchedule.flow.sigmas(steps: 12)
    #expect(largestError(sigmas.map { 1 / (1 + $0) }, try golden("flow.t").values) < 1e-12)
    let points = try trajectory(.flowEuler, sigmas: sigmas)
    #expect(relativeError(points.flatMap { $0.x.map(Double.init) }, try golden("flow").values) < 1e-6)
  }

  @Test(arguments: TimestepSpacing.allCases, [1, 7, 18, 50, 1000])
  func timesteps(spacing: TimestepSpacing, steps: Int) throws {
    let expected = try golden("timesteps.\(spacing.rawValue).\(steps)").values
    #expect(spacing.timesteps(steps, of: 1000).map(Double.init) == expected)
  }

  @Test(arguments: BetaSchedule.Kind.allCases)
  func cumulativeAlphas(kind: BetaSchedule.Kind) throws {
    let table = BetaSchedule(kind).cumulativeAlphas
    let expected = try golden("alphas_cumprod.\(kind.rawValue)").values
    for (index, value) in zip([0, 1, 250, 500, 750, 999], expected) {
      #expect(abs(table[index] / value - 1) < 1e-12)
    }
    // The values that every implementation must meet, in float64.
    let last: [BetaSchedule.Kind: Double] = [
      .linear: 4.035829765e-5, .scaledLinear: 4.660098513e-3, .squaredCosine: 2.428766907e-9,
    ]
    #expect(abs(table[999] / (last[kind] ?? 0) - 1) < 1e-9)
  }
}
