import Sfumato

extension Sampler {
  /// The midpoint method on the probability-flow ODE: second order, as Heun's, with the second look taken halfway.
  static let midpoint = Sampler(
    name: "midpoint", summary: "the midpoint method on the probability-flow ODE (two evaluations a step)",
    options: [
      PluginOption("where", "How far along a step the second look is", .number(default: 0.5, in: 0.1...0.9))
    ], defaultSteps: 18
  ) { loop, options in
    loop.scaleToStart()
    for step in 0..<loop.stepCount {
      let sigma = loop.sigmas[step], next = loop.sigmas[step + 1]
      let slope = try loop.slope(loop.x, sigma: sigma, step: step)
      let part = options.number("where"), middle = sigma + part * (next - sigma)
      let halfway = SamplingLoop.combine(1, loop.x, middle - sigma, slope)
      let there = try loop.slope(halfway, sigma: middle, step: step)
      // The slope that makes the step second order for any place of the second look.
      let weight = 1 / (2 * part)
      for i in loop.x.indices {
        loop.x[i] += (next - sigma) * ((1 - weight) * slope[i] + weight * there[i])
      }
      try loop.report(step)
    }
  }
}
