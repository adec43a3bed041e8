import SfumatoRegistry

// Samplers whose state is √ᾱ·clean + √(1−ᾱ)·noise, where ᾱ = 1/(1 + σ²).

private let clipOption = PluginOption(
  "clip", "Clip the denoised images to this magnitude; 0 for no clipping", .number(default: 1, in: 0...100))

extension Sampler {
  /// Ancestral sampling: Ho et al., "Denoising diffusion probabilistic models", 2020, equations 6 and 7, with
  /// the smaller of the two variances.
  public static let ddpm = Sampler(
    name: "ddpm", summary: "DDPM's ancestral sampling, for many steps", options: [clipOption],
    defaultSteps: 250
  ) { loop, options in
    for i in 0..<loop.stepCount {
      let alpha = loop.cumulativeAlpha(i), next = loop.cumulativeAlpha(i + 1)
      let clean = try loop.denoisePreserving(i).clipped(options.number("clip"))
      let ratio = alpha / next, beta = 1 - alpha / next
      loop.x = SamplingLoop.combine(
        next.squareRoot() * beta / (1 - alpha), clean,
        ratio.squareRoot() * (1 - next) / (1 - alpha), loop.x)
      if next < 1 {
        let variance = max((1 - next) / (1 - alpha) * beta, 1e-20)
        loop.x = SamplingLoop.combine(1, loop.x, variance.squareRoot(), try loop.noise(i))
      }
      try loop.report(i, scale: 1 / next.squareRoot())
    }
  }

  /// DDIM: Song et al., "Denoising diffusion implicit models", 2021, equations 12 and 16.
  public static let ddim = Sampler(
    name: "ddim", summary: "DDIM: deterministic at eta 0, as noisy as DDPM at eta 1",
    options: [
      PluginOption("eta", "How much fresh noise each step adds", .number(default: 0, in: 0...1)), clipOption,
    ], defaultSteps: 50
  ) { loop, options in
    for i in 0..<loop.stepCount {
      let alpha = loop.cumulativeAlpha(i), next = loop.cumulativeAlpha(i + 1)
      let raw = try loop.denoisePreserving(i)
      // The direction comes from the unclipped guess, as in the paper.
      let noiseScale = 1 / (1 - alpha).squareRoot()
      let direction = SamplingLoop.combine(noiseScale, loop.x, -alpha.squareRoot() * noiseScale, raw)
      let clean = raw.clipped(options.number("clip"))
      let deviation = options.number("eta") * ((1 - next) / (1 - alpha) * (1 - alpha / next)).squareRoot()
      loop.x = SamplingLoop.combine(
        next.squareRoot(), clean, max(0, 1 - next - deviation * deviation).squareRoot(), direction)
      if deviation > 0 { loop.x = SamplingLoop.combine(1, loop.x, deviation, try loop.noise(i)) }
      try loop.report(i, scale: 1 / next.squareRoot())
    }
  }
}

extension SamplingLoop {
  /// ᾱ = 1/(1 + σ²) of noise level `i`.
  fileprivate func cumulativeAlpha(_ i: Int) -> Double { 1 / (1 + sigmas[i] * sigmas[i]) }

  /// D for the variance-preserving state at noise level `i`.
  fileprivate mutating func denoisePreserving(_ i: Int) throws -> [Double] {
    let scale = 1 / cumulativeAlpha(i).squareRoot()
    return try denoise(x.map { $0 * scale }, sigma: sigmas[i], step: i)
  }
}

extension [Double] {
  /// The values held within ±limit; unchanged where `limit` is 0.
  fileprivate func clipped(_ limit: Double) -> [Double] {
    limit > 0 ? map { Swift.min(Swift.max($0, -limit), limit) } : self
  }
}
