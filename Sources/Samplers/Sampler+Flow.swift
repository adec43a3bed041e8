// The sampler of linear flows, whose state is t·clean + (1 − t)·noise with σ = (1 − t)/t.

extension Sampler {
  /// Euler's method on dx/dt = clean − noise (Liu et al., "Flow straight and fast", 2023), which is
  /// (D − x)/(1 − t) along the path.
  public static let flowEuler = Sampler(
    name: "flow-euler", summary: "Euler's method in the time of a linear flow", defaultSteps: 40
  ) { loop, _ in
    func time(_ sigma: Double) -> Double { 1 / (1 + sigma) }
    let noiseAtStart = 1 - time(loop.sigmas[0])
    loop.x = loop.x.map { $0 * noiseAtStart }
    for i in 0..<loop.stepCount {
      let t = time(loop.sigmas[i]), next = time(loop.sigmas[i + 1])
      let denoised = try loop.denoise(loop.x.map { $0 / t }, sigma: loop.sigmas[i], step: i)
      let part = (next - t) / (1 - t)
      loop.x = SamplingLoop.combine(1 - part, loop.x, part, denoised)
      try loop.report(i, scale: 1 / next)
    }
  }
}
