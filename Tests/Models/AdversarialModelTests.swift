import GoldenSupport
import SfumatoConditions
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoRegistry
import Testing

@Suite struct AdversarialModelTests {
  private func model(
    _ kind: String, resolution: Int = 32, classes: Int? = nil, _ options: [String: OptionValue] = [:]
  ) throws -> any AdversarialModel {
    let images = ImageShape(
      resolution: resolution, channels: 3, conditions: classes.map { [ClassCondition(count: $0)] } ?? [])
    let made = try Models.registry.entry(kind).model(for: images, options: options)
    return try #require(made as? any AdversarialModel)
  }

  /// Traces both networks and gives what they declared.
  private func parameters(_ model: any AdversarialModel, classes: Int? = nil) throws -> [Parameter] {
    let graph = GraphBuilder(), scope = Scope(graph), networks = model.networks(in: scope)
    let conditions = try Conditioning(
      classes.map { [ClassCondition(count: $0)] } ?? [], inputsOf: graph, rows: 2)
    let generated = try networks.generate(graph.input("z", .f32, [2, networks.latentSize]), conditions)
    #expect(generated.shape == [2, model.resolution, model.resolution, model.channels])
    #expect(try networks.discriminate(generated, conditions).shape == [2])
    return scope.parameters.parameters
  }

  /// Models have the parameters of their counterparts in PyTorch by name and shape.
  @Test(arguments: [
    ("r3gan.tiny", nil, 270_816, 266_848), ("r3gan.small", nil, 1_685_184, 1_669_056),
    ("r3gan.cifar", nil, 20_732_160, 20_683_776), ("r3gan.cifar.10", 10, 20_781_952, 21_280_512),
    ("dcgan", nil, 299_043, 167_649), ("dcgan.10", 10, 430_755, 431_201),
  ])
  func structure(name: String, classes: Int?, generator: Int, discriminator: Int) throws {
    let golden = try GoldenFile(module: "Models", name: "gan_structures")
    let words = name.split(separator: ".").map(String.init)
    let options: [String: OptionValue] = words[0] == "r3gan" ? ["preset": .text(words[1])] : [:]
    let found = try parameters(model(words[0], classes: classes, options), classes: classes)
    func count(_ part: String) -> Int {
      found.filter { $0.name.hasPrefix(part + ".") }.reduce(0) { $0 + $1.count }
    }
    #expect(count(AdversarialPart.generator) == generator)
    #expect(count(AdversarialPart.discriminator) == discriminator)
    #expect(try golden(name).values == [generator, discriminator, found.count].map(Double.init))
    let expected = try JSONValue(parsing: golden.metadata[name + ".parameters"] ?? "")
    #expect(Set(expected.object?.keys ?? []) == Set(found.map(\.name)))
    for parameter in found {
      let shape = expected[parameter.name]?.array?.compactMap(\.integer)
      #expect(parameter.checkpointShape.dimensions == shape, "\(parameter.name)")
    }
  }

  /// Blocks begin as the identity, and every option changes a size.
  @Test func optionsReachTheModel() throws {
    let found = try parameters(
      model(
        "r3gan", resolution: 16,
        [
          "width": 8, "max_width": 20, "blocks": 3, "expansion": 4, "group_channels": 2, "latent_size": 5,
        ]))
    func shape(_ name: String) -> Shape? { found.first { $0.name == name }?.checkpointShape }
    #expect(shape("generator.linear.weight") == [20, 5])
    #expect(shape("generator.stages.1.transition.weight") == [16, 20, 1, 1])
    #expect(shape("generator.stages.2.blocks.2.group.weight") == [32, 2, 3, 3])
    #expect(shape("discriminator.stages.2.blocks.0.expand.weight") == [80, 20, 1, 1])
    #expect(shape("generator.stages.2.blocks.3.expand.weight") == nil)
    let last = found.filter { $0.name.hasSuffix("project.weight") }
    #expect(last.count == 18 && last.allSatisfy { $0.initializer == .zeros })
    #expect(try model("dcgan", ["width": 16, "latent_size": 7]).latentSize == 7)
  }

  @Test func badConfigurationsAreNamed() throws {
    for kind in ["r3gan", "dcgan"] {
      let error = #expect(throws: ModelError.self) { try model(kind, resolution: 24) }
      #expect(
        error
          == .inconsistent("data.resolution is 24, but must be one of: 8, 16, 32, 64, 128, 256"), "\(kind)")
      #expect(throws: ModelError.self) { try model(kind, resolution: 4) }
      #expect(throws: ModelError.self) { try model(kind, resolution: 512) }
      #expect(throws: RegistryError.self) { try model(kind, ["depth": 3]) }
    }
    let error = #expect(throws: ModelError.self) { try model("r3gan", ["group_channels": 48]) }
    #expect(error?.description.contains("does not divide into groups of 48") == true)
  }

  @Test(arguments: ["r3gan", "dcgan"])
  func conditionsAreGivenExactlyWhereTheModelIsConditional(kind: String) throws {
    for classes in [nil, 4] {
      let graph = GraphBuilder(), networks = try model(kind, classes: classes).networks(in: Scope(graph))
      let conditions = try Conditioning(
        classes == nil ? [ClassCondition(count: 4)] : [], inputsOf: graph, rows: 1)
      #expect(throws: ModelError.conditions(expected: classes != nil)) {
        try networks.generate(graph.input("z", .f32, [1, networks.latentSize]), conditions)
      }
      #expect(throws: ModelError.conditions(expected: classes != nil)) {
        try networks.discriminate(graph.input("images", .f32, [1, 32, 32, 3]), conditions)
      }
    }
  }
}
