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
        "s_churn", "How much noise is added over the trajectory, in all", .number(default: 0, in: 0...1000)),
      PluginOption("s_min", "The lowest noise level that is churned", .number(default: 0, in: 0...1e6)),
      PluginOption("s_max", "The highest noise level that is churned", .number(default: 1e6, in: 0...1e6)),
      PluginOption("s_noise", "The deviation of churned noise", .number(default: 1, in: 0...2)),
    ], defaultSteps: 18
  ) { loop, options in
    let gammaAll = min(options.number("s_churn") / Double(loop.stepCount), 2.0.squareRoot() - 1)
    let churned = options.number("s_min")...max(options.number("s_min"), options.number("s_max"))
    loop.scaleToStart()
    for i in 0..<loop.stepCount {
      let t = loop.sigmas[i], next = loop.sigmas[i + 1]
      let gamma = churned.contains(t) ? gammaAll : 0
      let hat = t * (1 + gamma)
      if gamma > 0 {
        let added = (hat * hat - t * t).squareRoot() * options.number("s_noise")
        loop.x = SamplingLoop.combine(1, loop.x, added, try loop.noise(i))
      }
      let slope = try loop.slope(loop.x, sigma: hat, step: i)
      let euler = SamplingLoop.combine(1, loop.x, next - hat, slope)
      if next > 0 {
        let slopeThere = try loop.slope(euler, sigma: next, step: i)
        loop.x = SamplingLoop.combine(
          1, loop.x, (next - hat) / 2, SamplingLoop.combine(1, slope, 1, slopeThere))
      } else {
        loop.x = euler
      }
      try loop.report(i)
    }
  }

  /// Euler's method on dx/dσ = (x − D(x; σ))/σ.
  public static let euler = Sampler(
    name: "euler", summary: "Euler's first-order method on the probability-flow ODE", defaultSteps: 40
  ) { loop, _ in
    loop.scaleToStart()
    for i in 0..<loop.stepCount {
      let slope = try loop.slope(loop.x, sigma: loop.sigmas[i], step: i)
      loop.x = SamplingLoop.combine(1, loop.x, loop.sigmas[i + 1] - loop.sigmas[i], slope)
      try loop.report(i)
    }
  }

  /// Euler's method to a lower level σ_down, then fresh noise σ_up back up to σ′.
  public static let eulerAncestral = Sampler(
    name: "euler-ancestral", summary: "Euler's method with ancestral noise after each step", defaultSteps: 40
  ) { loop, _ in
    loop.scaleToStart()
    for i in 0..<loop.stepCount {
      let here = loop.sigmas[i], next = loop.sigmas[i + 1]
      let up = min(next, (next * next * (here * here - next * next) / (here * here)).squareRoot())
      let down = max(0, next * next - up * up).squareRoot()
      let slope = try loop.slope(loop.x, sigma: here, step: i)
      loop.x = SamplingLoop.combine(1, loop.x, down - here, slope)
      if up > 0 { loop.x = SamplingLoop.combine(1, loop.x, up, try loop.noise(i)) }
      try loop.report(i)
    }
  }

  /// DPM-Solver++(2M): Lu et al., "DPM-Solver++", 2022, algorithm 2, with λ = −ln σ.
  public static let dpmSolverMultistep = Sampler(
    name: "dpm++2m", summary: "DPM-Solver++(2M), second order with one evaluation a step", defaultSteps: 20
  ) { loop, _ in
    var previous: (denoised: [Double], h: Double)?
    loop.scaleToStart()
    for i in 0..<loop.stepCount {
      let here = loop.sigmas[i], next = loop.sigmas[i + 1]
      let denoised = try loop.denoise(loop.x, sigma: here, step: i)
      if next > 0 {
        let h = log(here) - log(next)
        var target = denoised
        if let previous {
          let halfInverse = h / (2 * previous.h)
          target = SamplingLoop.combine(1 + halfInverse, denoised, -halfInverse, previous.denoised)
        }
        loop.x = SamplingLoop.combine(next / here, loop.x, -expm1(-h), target)
        previous = (denoised, h)
      } else {
        loop.x = denoised
      }
      try loop.report(i)
    }
  }
}
