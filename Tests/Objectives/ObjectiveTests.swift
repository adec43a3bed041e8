import Foundation
import SfumatoConditions
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives
import SfumatoOracle
import SfumatoRegistry
import SfumatoSamplers
import Testing

@Suite struct ObjectiveTests {
  /// The outputs of a trace that reads the key of step 3.
  private func run(
    firstRow: Double = 0, _ trace: (GraphBuilder, Tensor) throws -> Tensor
  ) throws -> [Double] {
    let graph = GraphBuilder()
    try graph.output("y", trace(graph, graph.input("key", .u32, [5])))
    return try evaluate(graph.finish(), inputs: ["key": [11, 0, 3, 0, firstRow]]).outputs["y"] ?? []
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance.squareRoot())
  }

  @Test func noiseLevelsHaveTheirDistribution() throws {
    let edm = moments(try run { try EDMObjective().levels($1, batch: 8192) }.map { log($0) })
    #expect(abs(edm.mean + 1.2) < 0.05 && abs(edm.deviation - 1.2) < 0.03)
    let edm2 = moments(try run { try EDM2Objective().levels($1, batch: 8192) }.map { log($0) })
    #expect(abs(edm2.mean + 0.4) < 0.05 && abs(edm2.deviation - 1) < 0.03)
    let steps = try run { try DDPMObjective().levels($1, batch: 8192) }
    #expect(steps.allSatisfy { $0 == $0.rounded() && (0...999).contains($0) })
    #expect(abs(moments(steps).mean - 499.5) < 10 && (steps.max() ?? 0) > 995 && (steps.min() ?? 9) < 4)
    let times = moments(try run { try FlowObjective().levels($1, batch: 8192) })
    #expect(abs(times.mean - 0.5) < 0.01 && abs(times.deviation - 1 / 12.0.squareRoot()) < 0.01)
    let middle = moments(try run { try FlowObjective(times: .logitNormal).levels($1, batch: 8192) })
    #expect(abs(middle.mean - 0.5) < 0.01 && abs(middle.deviation - 0.208) < 0.01)
  }

  /// An objective's own parameters, as constants.
  private static var firstValues: ParameterList {
    ParameterList { try $1.constant($0.initialValues(seed: 1).map(Double.init), .f32, $0.shape) }
  }

  /// The loss of two halves of a batch is that of the whole: draws belong to rows.
  @Test(arguments: Objectives.registry.all.filter { $0.task == "denoising" }.map(\.name))
  func theLossDoesNotDependOnHowABatchIsCut(name: String) throws {
    let objective = try #require(try Objectives.registry.entry(name).objective() as? any DenoisingObjective)
    func loss(_ rows: Range<Int>) throws -> Double {
      try run(firstRow: Double(rows.lowerBound)) { graph, key in
        let clean = try graph.constant((0..<48).map { sin(Double($0)) }, .f32, [4, 2, 2, 3])
        let network = DenoisingNetwork { x, noise, _ in
          DenoisingOutput(try x * 0.5 + noise.reshape([noise.shape.count, 1, 1, 1]) * 0.01)
        }
        return try objective.loss(
          clean: clean.slice(axis: 0, rows), conditions: .none, key: key, network: network,
          in: Scope(graph, parameters: Self.firstValues))
      }[0]
    }
    #expect(abs(try loss(0..<4) - (try loss(0..<2) + loss(2..<4)) / 2) < 1e-12)
    #expect(try loss(0..<2) != loss(2..<4))
  }

  /// A network that answers with what it is conditioned on tells which timestep a noise level is.
  @Test func noiseLevelsMapToTimesteps() throws {
    let betas = BetaSchedule(.linear)
    let between = (betas.sigma(400) * betas.sigma(401)).squareRoot()
    let sigmas = [betas.sigma(0), betas.sigma(1), betas.sigma(500), betas.sigma(999), between, 1e-4, 1e4]
    let found = try run { graph, _ in
      let x = try graph.constant(0, .f32, [7, 1, 1, 1])
      return try DDPMObjective(.clean, betas: betas).denoised(
        x, sigma: graph.constant(sigmas, .f32, [7]), conditions: .none,
        network: DenoisingNetwork { x, noise, _ in DenoisingOutput(try x + noise.reshape([7, 1, 1, 1])) },
        in: Scope(graph))
    }
    #expect(zip(found, [0, 1, 500, 999, 400.5, 0, 999]).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found)")
  }

  /// Every objective, given the network that is exact for one image, denoises any noise to it.
  @Test func exactNetworksDenoiseExactly() throws {
    let image = 0.3, sigma = 0.7, x = 0.9
    let noise = (x - image) / sigma, alpha = 1 / (1 + sigma * sigma)
    let edm = EDMObjective(sigmaData: 0.5)
    let total = sigma * sigma + 0.25
    let exact: [(any DenoisingObjective, Double)] = [
      (edm, (image - 0.25 / total * x) / (sigma * 0.5 / total.squareRoot())),
      (DDPMObjective(.noise), noise), (DDPMObjective(.clean), image),
      (DDPMObjective(.velocity), alpha.squareRoot() * noise - (1 - alpha).squareRoot() * image),
      (FlowObjective(), image - noise),
    ]
    for (objective, answer) in exact {
      let found = try run { graph, _ in
        try objective.denoised(
          graph.constant(x, .f32, [1, 1, 1, 1]), sigma: graph.constant(sigma, .f32, [1]), conditions: .none,
          network: DenoisingNetwork { input, _, _ in DenoisingOutput(try input.splat(answer)) },
          in: Scope(graph))
      }
      #expect(abs(found[0] - image) < 1e-9, "\(objective)")
    }
  }

  @Test(arguments: [0.0, 1, 3])
  func guidanceMovesAwayFromTheUnconditional(scale: Double) throws {
    let found = try run { graph, _ in
      // D is the label itself.
      try DDPMObjective(.clean).guided(
        graph.constant(0, .f32, [2, 1, 1, 1]), sigma: graph.constant([1, 2], .f32, [2]),
        conditions: told(graph.constant([4, 6], .i32, [2])), scale: graph.constant(scale),
        network: DenoisingNetwork { x, _, conditions in
          let labels = conditions.parts[0].values[0]
          return DenoisingOutput(try x + labels.cast(.f32).reshape([labels.shape.count, 1, 1, 1]))
        }, in: Scope(graph))
    }
    #expect(found == [10 - 6 * scale, 10 - 4 * scale])
  }

  /// Images that are told one of ten classes, of which 10 is none.
  private func told(_ labels: Tensor) -> Conditioning {
    Conditioning([.init(ClassCondition((0..<10).map(String.init), hasNull: true), [labels])])
  }

  @Test func conditionsAreDroppedAtTheirRate() throws {
    let found = try run { graph, key in
      try ConditionDropout(rate: 0.2)(told(graph.constant(3, .i32, [8192])), key: key).parts[0].values[0]
    }
    #expect(Set(found) == [3, 10])
    #expect(abs(Double(found.filter { $0 == 10 }.count) / 8192 - 0.2) < 0.02)
    #expect(
      try run {
        try ConditionDropout(rate: 0)(told($0.constant(3, .i32, [4])), key: $1).parts[0].values[0]
      } == [3, 3, 3, 3])
  }

  @Test func optionsReachTheObjective() throws {
    let ddpm = try Objectives.registry.entry("ddpm").objective([
      "prediction_type": "v_prediction", "beta_schedule": "squaredcos_cap_v2",
    ])
    #expect(ddpm as? DDPMObjective == DDPMObjective(.velocity, betas: BetaSchedule(.squaredCosine)))
    let edm = try Objectives.registry.entry("edm").objective([
      "sigma_data": 0.7, "log_mean": -1, "log_deviation": 1,
    ])
    #expect(edm as? EDMObjective == EDMObjective(sigmaData: 0.7, logMean: -1, logDeviation: 1))
    let edm2 = try Objectives.registry.entry("edm2").objective(["log_mean": -1, "log_variance_features": 16])
    #expect(edm2 as? EDM2Objective == EDM2Objective(EDMObjective(logMean: -1, logDeviation: 1), features: 16))
    #expect(try Objectives.registry.entry("edm2").objective() as? EDM2Objective == EDM2Objective())
    let flow = try Objectives.registry.entry("flow").objective(["times": "logit_normal"])
    #expect(flow as? FlowObjective == FlowObjective(times: .logitNormal))
    #expect(throws: RegistryError.self) {
      try Objectives.registry.entry("ddpm").objective(["prediction_type": "eps"])
    }
  }
}
