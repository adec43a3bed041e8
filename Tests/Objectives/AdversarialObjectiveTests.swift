import Foundation
import SfumatoAutodiff
import SfumatoConditions
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives
import SfumatoOracle
import SfumatoRegistry
import Testing

/// Adversarial losses on stub networks. Their values and gradients on real ones are compared with PyTorch's in GoldenTests.
@Suite struct AdversarialObjectiveTests {
  private static let names = Objectives.registry.all.filter { $0.task == "adversarial" }.map(\.name)

  /// Outputs of a trace that reads the key of step 3.
  private func run(
    firstRow: Int = 0, _ trace: (GraphBuilder, _ key: Tensor) throws -> [(name: String, value: Tensor)]
  ) throws -> [String: [Double]] {
    let graph = GraphBuilder()
    for (name, value) in try trace(graph, graph.input("key", .u32, [5])) { try graph.output(name, value) }
    return try evaluate(graph.finish(), inputs: ["key": [11, 0, 3, 0, Double(firstRow)]]).outputs
  }

  private func constant(_ graph: GraphBuilder, _ shape: Shape, _ seed: Double) throws -> Tensor {
    try graph.constant((0..<shape.count).map { sin(seed + 1.7 * Double($0)) }, .f32, shape)
  }

  /// Four latent numbers to images (N, 8, 8, 3), and a score that curves along every pixel and knows labels.
  private func networks(_ graph: GraphBuilder) throws -> AdversarialNetworks {
    let mix = try constant(graph, [4, 192], 1), weights = try constant(graph, [1, 8, 8, 3], 2)
    return AdversarialNetworks(
      latentSize: 4,
      generate: { z, conditions in
        let generated = try z.matmul(mix).tanh().reshape([z.shape[0], 8, 8, 3])
        guard let labels = conditions.parts.first?.values[0] else { return generated }
        return try generated * (labels.cast(.f32) * 0.1 + 1).reshape([z.shape[0], 1, 1, 1])
      },
      discriminate: { images, conditions in
        let batch = images.shape[0]
        let score = try (images * weights).tanh().reduceSum([1, 2, 3]).reshape([batch])
        return try conditions.parts.first.map { try score * ($0.values[0].cast(.f32) + 1) } ?? score
      })
  }

  private func settings(_ graph: GraphBuilder, weight: Double = 2) throws -> AdversarialSettings {
    AdversarialSettings(
      penaltyWeight: try graph.constant(weight), augmentationProbability: try graph.constant(0.6))
  }

  private func objective(_ name: String, _ options: [String: OptionValue] = [:]) throws
    -> any AdversarialObjective
  {
    try #require(try Objectives.registry.entry(name).objective(options) as? any AdversarialObjective)
  }

  /// Losses and metrics of two halves of a batch are those of the whole: draws belong to rows.
  @Test(arguments: names)
  func lossesDoNotDependOnHowABatchIsCut(name: String) throws {
    let augmented = StepAugmentation.Transformation.allCases.map {
      ("augment_\($0.rawValue)", OptionValue.flag(true))
    }
    let objective = try objective(name, Dictionary(uniqueKeysWithValues: augmented))
    func losses(_ rows: Range<Int>) throws -> [String: [Double]] {
      try run(firstRow: rows.lowerBound) { graph, key in
        let real = try constant(graph, [4, 8, 8, 3], 3).slice(axis: 0, rows)
        let labels = try graph.constant([2, 0, 1, 2], .i32, [4]).slice(axis: 0, rows)
        let conditions = Conditioning([.init(ClassCondition(count: 3), [labels])])
        let networks = try networks(graph), settings = try settings(graph)
        let d = try objective.discriminatorLoss(
          real: real, conditions: conditions, key: key, networks: networks, settings: settings)
        let g = try objective.generatorLoss(
          real: real, conditions: conditions, key: key, networks: networks, settings: settings)
        return d.metrics + g.metrics + [("d", d.loss), ("g", g.loss)]
      }
    }
    let whole = try losses(0..<4), first = try losses(0..<2), second = try losses(2..<4)
    #expect(whole.count >= 8)
    for (name, value) in whole {
      let halves = ((first[name]?[0] ?? .nan) + (second[name]?[0] ?? .nan)) / 2
      #expect(abs(value[0] - halves) < 1e-9, "\(name)")
    }
    #expect(first["d"] != second["d"] && first["g"] != second["g"])
  }

  /// A score whose gradient is the same everywhere has penalties that can be told by hand.
  @Test(arguments: GradientPenalty.Kind.allCases)
  func penaltiesOfALinearScore(kind: GradientPenalty.Kind) throws {
    let objective = GANObjective(.wasserstein, penalty: GradientPenalty(kind, weight: 0, interval: 3))
    var slope = 0.0
    func losses(isPenalized: Bool) throws -> [String: [Double]] {
      try run { graph, key in
        let weights = try constant(graph, [1, 8, 8, 3], 2), networks = try networks(graph)
        slope = (0..<192).reduce(0) { $0 + pow(sin(2 + 1.7 * Double($1)), 2) }
        let linear = AdversarialNetworks(latentSize: 4, generate: networks.generate) { images, _ in
          try (images * weights).reduceSum([1, 2, 3]).reshape([images.shape[0]])
        }
        let traced = try objective.discriminatorLoss(
          real: constant(graph, [2, 8, 8, 3], 3), conditions: .none, key: key, networks: linear,
          settings: settings(graph, weight: 5), isPenalized: isPenalized)
        return traced.metrics + [("loss", traced.loss)]
      }
    }
    let with = try losses(isPenalized: true), without = try losses(isPenalized: false)
    let parts: [String: Double] =
      switch kind {
      case .none: [:]
      case .r1: ["r1": slope]
      case .r1r2: ["r1": slope, "r2": slope]
      case .interpolated: ["gradient_penalty": pow(slope.squareRoot() - 1, 2)]
      }
    for (name, value) in parts { #expect(abs((with[name]?[0] ?? .nan) - value) < 1e-9, "\(name)") }
    #expect(Set(with.keys) == Set(without.keys).union(parts.keys))
    let weight = 5 * 3 * (kind == .interpolated ? 1 : 0.5)
    let term = (with["loss"]?[0] ?? .nan) - (with["discriminator_loss"]?[0] ?? .nan)
    #expect(abs(term - weight * parts.values.reduce(0, +)) < 1e-9)
    #expect(without["loss"] == without["discriminator_loss"])
    #expect(without["discriminator_loss"] == with["discriminator_loss"])
  }

  @Test func penaltiesAreDueAtTheirInterval() {
    let lazy = GradientPenalty(.r1, weight: 1, interval: 4)
    #expect((1...9).filter(lazy.isDue(step:)) == [4, 8])
    #expect((1...3).filter(GradientPenalty(.r1r2, weight: 1).isDue(step:)) == [1, 2, 3])
    #expect(!(1...3).contains(where: GradientPenalty(.none, weight: 1).isDue(step:)))
  }

  /// The discriminator's loss does not reach the generator, and the generator's does.
  @Test func theDiscriminatorsLossStopsAtTheGenerator() throws {
    let found = try run { graph, key in
      let scale = try graph.constant(1, .f32, [1]), networks = try networks(graph)
      let scaled = AdversarialNetworks(
        latentSize: 4, generate: { try networks.generate($0, $1) * scale },
        discriminate: networks.discriminate)
      let real = try constant(graph, [2, 8, 8, 3], 3), settings = try settings(graph)
      let objective = GANObjective(.relativistic, penalty: GradientPenalty(.r1r2, weight: 1))
      let d = try objective.discriminatorLoss(
        real: real, conditions: .none, key: key, networks: scaled, settings: settings)
      let g = try objective.generatorLoss(
        real: real, conditions: .none, key: key, networks: scaled, settings: settings)
      return [
        ("d", try gradients(of: d.loss, wrt: [scale])[0]), ("g", try gradients(of: g.loss, wrt: [scale])[0]),
      ]
    }
    #expect(found["d"] == [0])
    #expect(found["g"]?[0].isFinite == true && found["g"] != [0])
  }

  /// Both phases of a step make images of their own.
  @Test func phasesDrawTheirOwnLatentVectors() throws {
    var drawn: [Tensor] = []
    let found = try run { graph, key in
      let networks = try networks(graph)
      let spied = AdversarialNetworks(
        latentSize: 4,
        generate: {
          drawn.append($0)
          return try networks.generate($0, $1)
        }, discriminate: networks.discriminate)
      let real = try constant(graph, [8, 8, 8, 3], 3), settings = try settings(graph)
      let objective = GANObjective(.hinge, penalty: GradientPenalty(.none, weight: 1))
      _ = try objective.discriminatorLoss(
        real: real, conditions: .none, key: key, networks: spied, settings: settings)
      _ = try objective.generatorLoss(
        real: real, conditions: .none, key: key, networks: spied, settings: settings)
      return drawn.enumerated().map { ("\($0.offset)", $0.element) }
    }
    #expect(found.count == 2 && found["0"]?.count == 32)
    #expect(Set((found["0"] ?? []) + (found["1"] ?? [])).count == 64)
  }

  @Test func optionsReachTheObjective() throws {
    #expect(
      try objective("r3gan", ["gamma": 3, "final_gamma": 0.5, "penalty_interval": 2]) as? GANObjective
        == GANObjective(
          .relativistic, penalty: GradientPenalty(.r1r2, weight: 3, finalWeight: 0.5, interval: 2),
          augmentation: StepAugmentation(probability: 0.5)))
    let augmented = try objective(
      "wgan_gp",
      [
        "augment_flip": true, "augment_color": true, "augment_schedule": "adaptive", "augment_target": 0.4,
        "augment_images": 500, "augment_probability": 0.8,
      ])
    #expect(
      augmented as? GANObjective
        == GANObjective(
          .wasserstein, penalty: GradientPenalty(.interpolated, weight: 10),
          augmentation: StepAugmentation(
            [.flip, .color], schedule: .adaptive, probability: 0.8, target: 0.4, adaptationImages: 500)))
    #expect(try objective("hinge").penalty == GradientPenalty(.r1, weight: 1))
    #expect(try objective("non_saturating").penalty == GradientPenalty(.r1, weight: 1, interval: 16))
    #expect(throws: RegistryError.self) { try objective("hinge", ["penalty": "r2"]) }
    #expect(throws: RegistryError.self) { try objective("r3gan", ["augment_probability": 1]) }
  }
}
