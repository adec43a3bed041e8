// The sampler of linear flows, whose state is t·clean + (1 − t)·noise with σ = (1 − t)/t.

extension Sampler {
  /// Euler's method on dx/dt = clean − noise (Liu et al., "Flow straight and fast", 2023), which is
  /// (D − x)/(1 − t) along the path.
  public static let flowEuler = Sampler(
    name: "flow-euler", summary: "Euler's method in the time of a linear flow", defaultSteps: 40
  ) { walk, _ in
    func time(_ sigma: Double) -> Double { 1 / (1 + sigma) }
    let noiseAtStart = 1 - time(walk.sigmas[0])
    walk.x = walk.x.map { $0 * noiseAtStart }
    for i in 0..<walk.stepCount {
      let t = time(walk.sigmas[i]), next = time(walk.sigmas[i + 1])
      let denoised = try walk.denoise(walk.x.map { $0 / t }, sigma: walk.sigmas[i], step: i)
      let part = (next - t) / (1 - t)
      walk.x = Walk.combine(1 - part, walk.x, part, denoised)
      try walk.report(i, scale: 1 / next)
    }
  }
}
