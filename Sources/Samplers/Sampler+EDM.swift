import Foundation
import SfumatoRegistry

// Samplers whose state is clean + σ·noise itself.

extension Sampler {
  /// Heun's method with churn: Karras et al., "Elucidating the design space of diffusion-based generative
  /// models", 2022, algorithm 2.
  public static let heun = Sampler(
    name: "heun", summary: "EDM's second-order Heun method, with optional churn (two evaluations a step)",
    options: [
      PluginOption(
        "s_churn", "How much noise is added on the way, in all", .number(default: 0, in: 0...1000)),
      PluginOption("s_min", "The lowest noise level that is churned", .number(default: 0, in: 0...1e6)),
      PluginOption("s_max", "The highest noise level that is churned", .number(default: 1e6, in: 0...1e6)),
      PluginOption("s_noise", "The deviation of churned noise", .number(default: 1, in: 0...2)),
    ], defaultSteps: 18
  ) { walk, options in
    let gammaAll = min(options.number("s_churn") / Double(walk.stepCount), 2.0.squareRoot() - 1)
    let churned = options.number("s_min")...max(options.number("s_min"), options.number("s_max"))
    walk.scaleToStart()
    for i in 0..<walk.stepCount {
      let t = walk.sigmas[i], next = walk.sigmas[i + 1]
      let gamma = churned.contains(t) ? gammaAll : 0
      let hat = t * (1 + gamma)
      if gamma > 0 {
        let added = (hat * hat - t * t).squareRoot() * options.number("s_noise")
        walk.x = Walk.combine(1, walk.x, added, try walk.noise(i))
      }
      let slope = try walk.slope(walk.x, sigma: hat, step: i)
      let euler = Walk.combine(1, walk.x, next - hat, slope)
      if next > 0 {
        let slopeThere = try walk.slope(euler, sigma: next, step: i)
        walk.x = Walk.combine(1, walk.x, (next - hat) / 2, Walk.combine(1, slope, 1, slopeThere))
      } else {
        walk.x = euler
      }
      try walk.report(i)
    }
  }

  /// Euler's method on dx/dσ = (x − D(x; σ))/σ.
  public static let euler = Sampler(
    name: "euler", summary: "Euler's first-order method on the probability-flow ODE", defaultSteps: 40
  ) { walk, _ in
    walk.scaleToStart()
    for i in 0..<walk.stepCount {
      let slope = try walk.slope(walk.x, sigma: walk.sigmas[i], step: i)
      walk.x = Walk.combine(1, walk.x, walk.sigmas[i + 1] - walk.sigmas[i], slope)
      try walk.report(i)
    }
  }

  /// Euler's method to a lower level σ_down, then fresh noise σ_up back up to σ′.
  public static let eulerAncestral = Sampler(
    name: "euler-ancestral", summary: "Euler's method with ancestral noise after each step", defaultSteps: 40
  ) { walk, _ in
    walk.scaleToStart()
    for i in 0..<walk.stepCount {
      let here = walk.sigmas[i], next = walk.sigmas[i + 1]
      let up = min(next, (next * next * (here * here - next * next) / (here * here)).squareRoot())
      let down = max(0, next * next - up * up).squareRoot()
      let slope = try walk.slope(walk.x, sigma: here, step: i)
      walk.x = Walk.combine(1, walk.x, down - here, slope)
      if up > 0 { walk.x = Walk.combine(1, walk.x, up, try walk.noise(i)) }
      try walk.report(i)
    }
  }

  /// DPM-Solver++(2M): Lu et al., "DPM-Solver++", 2022, algorithm 2, with λ = −ln σ.
  public static let dpmSolverMultistep = Sampler(
    name: "dpm++2m", summary: "DPM-Solver++(2M), second order with one evaluation a step", defaultSteps: 20
  ) { walk, _ in
    var previous: (denoised: [Double], h: Double)?
    walk.scaleToStart()
    for i in 0..<walk.stepCount {
      let here = walk.sigmas[i], next = walk.sigmas[i + 1]
      let denoised = try walk.denoise(walk.x, sigma: here, step: i)
      if next > 0 {
        let h = log(here) - log(next)
        var target = denoised
        if let previous {
          let halfInverse = h / (2 * previous.h)
          target = Walk.combine(1 + halfInverse, denoised, -halfInverse, previous.denoised)
        }
        walk.x = Walk.combine(next / here, walk.x, -expm1(-h), target)
        previous = (denoised, h)
      } else {
        walk.x = denoised
      }
      try walk.report(i)
    }
  }
}
