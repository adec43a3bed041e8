import Sfumato

extension Sampler {
  /// The midpoint method on the probability-flow ODE: second order, as Heun's, with the second look taken halfway.
  static let midpoint = Sampler(
    name: "midpoint", summary: "the midpoint method on the probability-flow ODE (two evaluations a step)",
    options: [
      PluginOption("where", "How far along a step the second look is", .number(default: 0.5, in: 0.1...0.9))
    ], defaultSteps: 18
  ) { walk, options in
    walk.scaleToStart()
    for step in 0..<walk.stepCount {
      let sigma = walk.sigmas[step], next = walk.sigmas[step + 1]
      let slope = try walk.slope(walk.x, sigma: sigma, step: step)
      let part = options.number("where"), middle = sigma + part * (next - sigma)
      let halfway = Walk.combine(1, walk.x, middle - sigma, slope)
      let there = try walk.slope(halfway, sigma: middle, step: step)
      // The slope that makes the step second order for any place of the second look.
      let weight = 1 / (2 * part)
      for i in walk.x.indices {
        walk.x[i] += (next - sigma) * ((1 - weight) * slope[i] + weight * there[i])
      }
      try walk.report(step)
    }
  }
}
