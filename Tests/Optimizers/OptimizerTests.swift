import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers
import SfumatoOracle
import SfumatoRegistry
import Testing

@Suite struct OptimizerTests {
  @Test func learningRatesWarmUpAndDecay() {
    let cosine = LearningRateSchedule(peak: 2, decay: .cosine, warmupSteps: 4, totalSteps: 104)
    #expect([1, 2, 4, 5].map { cosine(step: $0) } == [0.5, 1, 2, 2])
    #expect(abs(cosine(step: 55) - 1) < 1e-12)
    #expect(cosine(step: 104) > 0 && cosine(step: 104) < 1e-3)
    #expect(abs(cosine(step: 500)) < 1e-12)
    let constant = LearningRateSchedule(peak: 2, warmupSteps: 0, totalSteps: 10)
    #expect([1, 10, 99].map { constant(step: $0) } == [2, 2, 2])
  }

  @Test func youngAveragesForgetFaster() {
    let schedule = AverageSchedule(decay: 0.99)
    #expect(abs(schedule(step: 1) - 2.0 / 11) < 1e-12)
    #expect(schedule(step: 100_000) == 0.99)
    #expect(AverageSchedule(decay: 0.99, warmsUp: false)(step: 1) == 0.99)
  }

  /// One step on p with gradient g, against AdamW worked out by hand; and a parameter that is not trained.
  @Test(arguments: [nil, 1.0, 10.0])
  func oneStep(clipNorm: Double?) throws {
    let graph = GraphBuilder(), scope = Scope(graph), optimizer = AdamW(weightDecay: 0.1)
    let p = try scope.parameter("p", [2], .zeros)
    _ = try scope.parameter("fixed", [1], .zeros, isTrainable: false)
    let hyper = try graph.input("hyper", .f32, [4])
    let norm = try scope.parameters.update(
      with: optimizer, gradients: [graph.input("g", .f32, [2])], hyperparameters: hyper, clipNorm: clipNorm)
    #expect(p.shape == [2])
    try graph.output("norm", norm)
    let (outputs, states) = try evaluate(
      graph.finish(),
      inputs: [
        "g": [3, -4],
        "hyper": optimizer.hyperparameters(step: 1, learningRate: 0.25, averageDecay: 0.75).map(Double.init),
      ],
      states: [
        "parameter.p": [1, 2], "optimizer.m.p": [0, 0], "optimizer.v.p": [0, 0], "ema.p": [1, 2],
        "parameter.fixed": [7], "ema.fixed": [0],
      ])
    func close(_ name: String, _ expected: [Double], _ tolerance: Double = 1e-5) {
      #expect(zip(states[name] ?? [.nan], expected).allSatisfy { abs($0 - $1) < tolerance }, "\(name)")
    }
    #expect(outputs["norm"] == [5])
    let scale = min(1, (clipNorm ?? .infinity) / 5)
    // At the first step m̂/√v̂ is the gradient's sign.
    let p1 = [1 * (1 - 0.025) - 0.25, 2 * (1 - 0.025) + 0.25]
    close("parameter.p", p1)
    close("optimizer.m.p", [0.3 * scale, -0.4 * scale])
    close("optimizer.v.p", [0.009 * scale * scale, 0.016 * scale * scale])
    close("ema.p", [0.75 + 0.25 * p1[0], 1.5 + 0.25 * p1[1]])
    close("parameter.fixed", [7])
    close("ema.fixed", [7])
  }

  /// One step with gradients of a loss times 1024, clipped or not: to the bit that of the gradients themselves. With an
  /// element that is not finite, in either of two parameters, everything stays, the sign of a zero included.
  @Test(arguments: [nil, 1.0, 10.0], [nil, Double.infinity, -.infinity, .nan])
  func oneScaledStep(clipNorm: Double?, bad: Double?) throws {
    let optimizer = AdamW(weightDecay: 0.1)
    func step(scale: Double?, _ g: [Double], _ h: [Double]) throws -> [String: [Double]] {
      let graph = GraphBuilder(), scope = Scope(graph)
      _ = try scope.parameter("p", [2], .zeros)
      _ = try scope.parameter("q", [1], .zeros)
      let norm = try scope.parameters.update(
        with: optimizer, gradients: [graph.input("g", .f32, [2]), graph.input("h", .f32, [1])],
        lossScale: scale.map { _ in try graph.input("scale", .f32, []) },
        hyperparameters: graph.input("hyper", .f32, [4]), clipNorm: clipNorm)
      try graph.output("norm", norm)
      let hyper = optimizer.hyperparameters(step: 3, learningRate: 0.25, averageDecay: 0.75)
      var inputs = ["g": g, "h": h, "hyper": hyper.map(Double.init)]
      if let scale { inputs["scale"] = [scale] }
      let (outputs, states) = try evaluate(graph.finish(), inputs: inputs, states: Self.states)
      return states.merging(outputs) { $1 }
    }
    let plain = try step(scale: nil, [3, -4], [0.125])
    #expect(plain["parameter.p"] != Self.states["parameter.p"])
    guard let bad else {
      #expect(try step(scale: 1024, [3072, -4096], [128]) == plain)
      return
    }
    for (g, h) in [([bad, -4], [0.125]), ([3, -4], [bad])] {
      let states = try step(scale: 1024, g, h)
      #expect(states["norm"]?.first?.isFinite == false)
      for (name, old) in Self.states {
        let new = states[name] ?? []
        #expect(new == old && new.map(\.sign) == old.map(\.sign), "\(name)")
      }
    }
  }

  private static let states: [String: [Double]] = [
    "parameter.p": [1, -0.0], "optimizer.m.p": [0.5, -0.25], "optimizer.v.p": [0.25, 0], "ema.p": [1, 2],
    "parameter.q": [-3], "optimizer.m.q": [-0.0], "optimizer.v.q": [1], "ema.q": [-3],
  ]

  @Test func theUpdateIsARegion() throws {
    let graph = GraphBuilder(), scope = Scope(graph)
    _ = try scope.parameter("p", [2], .zeros)
    _ = try scope.parameters.update(
      with: AdamW(), gradients: [graph.input("g", .f32, [2])],
      hyperparameters: graph.input("hyper", .f32, [4]), clipNorm: 1)
    let regions: [Region] = graph.program.nodes.compactMap {
      if case .region(let r) = $0.op { r } else { nil }
    }
    #expect(regions.map(\.name) == ["adamw"])
    #expect(
      regions[0].attributes == [
        "beta1": .float(0.9), "beta2": .float(0.999), "eps": .float(1e-8), "weightDecay": .float(0.01),
      ])
  }

  /// Without an average the update is to the bit the same, and there is no state of one.
  @Test func averagesAreOptional() throws {
    for optimizer in [AdamW(weightDecay: 0.1), Adam(beta1: 0)] as [any Optimizer] {
      func step(keepsAverages: Bool) throws -> [String: [Double]] {
        let graph = GraphBuilder(), scope = Scope(graph), count = optimizer.hyperparameterCount
        _ = try scope.parameter("p", [2], .zeros)
        _ = try scope.parameters.update(
          with: optimizer, keepsAverages: keepsAverages, gradients: [graph.input("g", .f32, [2])],
          hyperparameters: graph.input("hyper", .f32, [count]), clipNorm: 1)
        let hyper = optimizer.hyperparameters(step: 2, learningRate: 0.25, averageDecay: 0.75)
        var states: [String: [Double]] = [
          "parameter.p": [1, 2], "optimizer.m.p": [0.5, 0], "optimizer.v.p": [0.25, 0.5],
        ]
        if keepsAverages { states["ema.p"] = [1, 2] }
        return try evaluate(
          graph.finish(), inputs: ["g": [3, -4], "hyper": hyper.map(Double.init)], states: states
        ).states
      }
      var averaged = try step(keepsAverages: true)
      #expect(averaged.removeValue(forKey: "ema.p") != nil)
      #expect(try step(keepsAverages: false) == averaged)
      #expect(averaged["parameter.p"] != [1, 2])
    }
  }

  /// One of two networks learns: the other's parameters are no states of the update's.
  @Test func aPartIsUpdatedAlone() throws {
    let graph = GraphBuilder(), scope = Scope(graph)
    let p = try scope["a"].parameter("p", [1], .zeros), q = try scope["b"].parameter("q", [1], .zeros)
    try graph.output("both", p + q)
    _ = try scope.parameters.update(
      with: Adam(beta1: 0), of: { $0.name.hasPrefix("b.") }, gradients: [graph.input("g", .f32, [1])],
      hyperparameters: graph.input("hyper", .f32, [6]), clipNorm: nil)
    let program = try graph.finish()
    #expect(
      Set(program.states.map(\.name)) == [
        "parameter.a.p", "parameter.b.q", "optimizer.m.b.q", "optimizer.v.b.q", "ema.b.q",
      ])
    let hyper = Adam(beta1: 0).hyperparameters(step: 1, learningRate: 0.5, averageDecay: 0)
    let states = try evaluate(
      program, inputs: ["g": [-2], "hyper": hyper.map(Double.init)],
      states: [
        "parameter.a.p": [3], "parameter.b.q": [4], "optimizer.m.b.q": [0], "optimizer.v.b.q": [0],
        "ema.b.q": [4],
      ]
    ).states
    #expect(states["parameter.a.p"] == [3])
    #expect(abs((states["parameter.b.q"]?[0] ?? 0) - 4.5) < 1e-6)
  }

  @Test func optionsReachTheOptimizer() throws {
    let adam = try Optimizers.registry.entry("adam").optimizer([
      "beta1": 0, "beta2": 0.9, "final_beta2": 0.99, "schedule_steps": 50, "eps": 1e-6,
    ])
    #expect(
      adam as? Adam == Adam(beta1: 0, beta2: 0.9, finalBeta2: 0.99, scheduleSteps: 50, eps: 1e-6))
    #expect(try Optimizers.registry.entry("adam").optimizer() as? Adam == Adam())

    let adamw = try Optimizers.registry.entry("adamw").optimizer(["beta2": 0.99, "weight_decay": 0])
    #expect(adamw as? AdamW == AdamW(beta2: 0.99, weightDecay: 0))
    #expect(throws: RegistryError.self) { try Optimizers.registry.entry("adamw").optimizer(["beta2": 1]) }
  }
}
