import GoldenSupport
import SfumatoConditions
import SfumatoDiagnostics
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import Testing

@Suite struct UNet2DTests {
  /// Traces a model and gives what it declared.
  private func parameters(_ options: UNet2DConfiguration) throws -> ParameterList {
    let builder = GraphBuilder()
    let side = options.sizeMultiple
    let x = try builder.input("x", .f32, [1, side, side, options.inChannels])
    let noise = try builder.input("noise", .f32, [1])
    let conditions = try Conditioning(
      options.numClassEmbeds.map { [ClassCondition(count: $0)] } ?? [], inputsOf: builder, rows: 1)
    let scope = Scope(builder)
    _ = try UNet2D(options)(x, noise: noise, conditions: conditions, in: scope)
    return scope.parameters
  }

  /// Two full-size models have diffusers' parameters by name and shape.
  @Test(arguments: [("ddpm_cifar10_full", 35_746_307, 328), ("trainer_default", 113_673_219, 450)])
  func fullSizeStructure(name: String, elements: Int, tensors: Int) throws {
    let golden = try GoldenFile(module: "Models", name: "structures")
    let list = try parameters(
      UNet2DConfiguration(json: JSONValue(parsing: golden.metadata["\(name).config"] ?? "")))
    #expect(list.elementCount == elements)
    #expect(list.parameters.count == tensors)
    #expect(try golden(name).values == [Double(elements), Double(tensors)])
    let expected = try JSONValue(parsing: golden.metadata["\(name).parameters"] ?? "")
    #expect(Set(expected.object?.keys ?? []) == Set(list.parameters.map(\.name)))
    for parameter in list.parameters {
      let shape = expected[parameter.name]?.array?.compactMap(\.integer)
      #expect(parameter.checkpointShape.dimensions == shape, "\(parameter.name)")
    }
  }

  @Test func nodesCarryThePathOfTheirLayer() throws {
    let builder = GraphBuilder()
    var options = UNet2DConfiguration()
    options.blockOutChannels = [8, 8]
    options.downBlockTypes = [.plain, .attention]
    options.upBlockTypes = [.attention, .plain]
    options.normNumGroups = 4
    let x = try builder.input("x", .f32, [1, 4, 4, 3]), noise = try builder.input("noise", .f32, [1])
    _ = try UNet2D(options)(x, noise: noise, conditions: .none, in: Scope(builder))
    let names = Set(builder.program.nodes.map(\.name))
    for name in [
      "conv_in", "down_blocks.0.resnets.0.conv1", "mid_block.attentions.0.to_out.0", "up_blocks.1.resnets.2",
    ] {
      #expect(names.contains(name), "\(name)")
    }
  }

  @Test func badInputsAreNamed() throws {
    var options = UNet2DConfiguration()
    options.blockOutChannels = [8, 8]
    options.downBlockTypes = [.plain, .plain]
    options.upBlockTypes = [.plain, .plain]
    options.normNumGroups = 4
    let model = try UNet2D(options)
    let builder = GraphBuilder()
    let noise = try builder.input("noise", .f32, [1])
    let odd = try builder.input("odd", .f32, [1, 6, 5, 3])
    let error = #expect(throws: ModelError.self) {
      try model(odd, noise: noise, conditions: .none, in: Scope(builder))
    }
    #expect(error == .imageSize(height: 6, width: 5, multipleOf: 2))
    let grey = try builder.input("grey", .f32, [1, 6, 6, 1])
    #expect(throws: GraphError.self) { try model(grey, noise: noise, conditions: .none, in: Scope(builder)) }
    let x = try builder.input("x", .f32, [1, 6, 6, 3]),
      told = try Conditioning([ClassCondition(count: 4)], inputsOf: builder, rows: 1)
    #expect(throws: ModelError.conditions(expected: false)) {
      try model(x, noise: noise, conditions: told, in: Scope(builder))
    }
  }
}
