import SfumatoBackend
import SfumatoConditions
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoModels
import SfumatoNN
import SfumatoRegistry
import Testing

@Suite struct EDM2UNetTests {
  private func model(
    resolution: Int = 32, classes: Int? = nil, _ options: [String: OptionValue] = [:]
  ) throws -> EDM2UNet {
    let images = ImageShape(
      resolution: resolution, channels: 3, conditions: classes.map { [ClassCondition(count: $0)] } ?? [])
    return try #require(try Models.registry.entry("edm2").model(for: images, options: options) as? EDM2UNet)
  }

  private func conditions(_ classes: Int?, rows: Int = 2, _ graph: GraphBuilder) throws -> Conditioning {
    try Conditioning(classes.map { [ClassCondition(count: $0)] } ?? [], inputsOf: graph, rows: rows)
  }

  /// The model's parameters, and its prediction for images of `dtype`.
  private func traced(_ model: EDM2UNet, _ dtype: DType = .f32) throws -> (Tensor, [Parameter]) {
    let graph = GraphBuilder(), scope = Scope(graph), images = model.sizes.images, side = images.resolution
    let y = try model(
      graph.input("x", dtype, [2, side, side, 3]), noise: graph.input("noise", .f32, [2]),
      conditions: conditions(images.choiceCount, graph), in: scope)
    return (y, scope.parameters.parameters)
  }

  /// Every option changes a shape; no layer has a bias; every weight keeps to its constraint.
  @Test func optionsReachTheModel() throws {
    let options: [String: OptionValue] = [
      "width": 8, "multipliers": [1, 3], "layers_per_block": 2, "attention_levels": [0], "head_channels": 4,
    ]
    let found = try traced(model(resolution: 8, classes: 5, options)).1
    func shape(_ name: String) -> Shape? { found.first { $0.name == name }?.checkpointShape }
    #expect(shape("conv_in.weight") == [8, 4, 3, 3])
    #expect(shape("noise_fourier.frequencies") == [8])
    #expect(shape("noise_linear.weight") == [24, 8])
    #expect(shape("class_embedding.weight") == [24, 5])
    #expect(shape("encoder.1.down.conv1.weight") == [8, 8, 3, 3])
    #expect(shape("encoder.1.blocks.0.conv_skip.weight") == [24, 8, 1, 1])
    #expect(shape("encoder.1.blocks.0.conv1.weight") == [24, 24, 3, 3])
    #expect(shape("decoder.1.blocks.0.conv1.weight") == [24, 48, 3, 3])
    #expect(shape("decoder.0.blocks.2.embedding.weight") == [8, 24])
    #expect(shape("decoder.0.blocks.3.conv1.weight") == nil)
    #expect(shape("encoder.0.blocks.1.attention.qkv.weight") == [24, 8])
    #expect(shape("middle.0.attention.out.weight") == [24, 24])
    for name in ["encoder.1.blocks.1", "decoder.1.blocks.1", "middle.1", "encoder.1.down", "decoder.0.up"] {
      #expect(shape(name + ".conv2.weight") != nil && shape(name + ".attention.qkv.weight") == nil, "\(name)")
    }
    for parameter in found {
      let isWeight = parameter.name.hasSuffix(".weight")
      #expect(parameter.constraint == (isWeight ? .unitRows : .none), "\(parameter.name)")
      #expect(parameter.isTrainable == !parameter.name.hasPrefix("noise_fourier."), "\(parameter.name)")
      if parameter.name.hasSuffix(".gain") { #expect(parameter.initializer == .zeros, "\(parameter.name)") }
    }
    #expect(!found.contains { $0.name.hasSuffix(".bias") })
    let plain = try traced(model(["attention_levels": nil])).1
    #expect(
      plain.filter { $0.name.hasSuffix("qkv.weight") }.map(\.name) == ["middle.0.attention.qkv.weight"])
  }

  /// The small network that is meant when nothing is said, whose options are what its type begins with.
  @Test func defaults() throws {
    let usual = try model()
    #expect(usual == (try EDM2UNet(EDM2Configuration(ImageShape(resolution: 32, channels: 3)))))
    let found = try traced(usual).1
    #expect(found.reduce(0) { $0 + $1.count } == 1_202_224 && found.count == 81)
  }

  /// Over twenty blocks deep, every block makes values of magnitude about 1 at initialisation, and the gain alone keeps the prediction
  /// at 0.
  @Test func magnitudesStay() throws {
    let options: [String: OptionValue] = [
      "width": 64, "multipliers": [1, 2], "layers_per_block": 4, "attention_levels": nil, "head_channels": 64,
    ]
    let model = try model(resolution: 16, classes: 3, options)
    let graph = GraphBuilder(), scope = Scope(graph), shape: Shape = [2, 16, 16, 3]
    let y = try model(
      graph.input("x", .f32, shape), noise: graph.input("noise", .f32, [2]),
      conditions: conditions(3, graph), in: scope)
    // The last value that is made in each block.
    var ends: [String: ValueID] = [:]
    for node in graph.program.nodes {
      let path = node.name.split(separator: ".")
      let isBlock =
        path.first == "middle" ? path.count == 2 : path.dropFirst(2).first == "blocks" && path.count == 4
      if isBlock { ends[node.name] = node.outputs[0] }
    }
    #expect(ends.count == 4 + 4 + 2 + 5 + 5)
    for (name, id) in ends.sorted(by: { $0.key < $1.key }) {
      try graph.output(name, Tensor.value(id, in: graph))
    }
    try graph.output("y", y)
    let program = try graph.finish(), device = try FFTWBackend().open(0)
    let state = try device.makeState(for: program)
    for parameter in scope.parameters.parameters {
      try state.write(
        ParameterList.parameterPrefix + parameter.name,
        HostTensor(parameter.initialValues(seed: 5), parameter.shape))
    }
    let step = try device.makeStep(program, state: state)
    let noise = Parameter(name: "x", shape: shape, initializer: .normal(deviation: 1))
    try step.run([
      "x": HostTensor(noise.initialValues(seed: 2), shape), "noise": HostTensor([Float(-0.5), 0.3], [2]),
      "labels": HostTensor([Int32(0), 2], [2]),
    ])
    let outputs = try step.outputs()
    #expect(outputs["y"]?.floats.allSatisfy { $0 == 0 } == true)
    for name in ends.keys {
      // Zeros around the images take something away.
      let magnitude = magnitude(outputs[name]?.doubles ?? [])
      #expect(magnitude > 0.85 && magnitude < 1.1, "\(name): \(magnitude)")
    }
  }

  private func magnitude(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
  }

  @Test(arguments: [DType.f16, .bf16])
  func valuesAreStoredAsTheImagesAre(dtype: DType) throws {
    let (y, _) = try traced(model(resolution: 8, classes: 2), dtype)
    #expect(y.dtype == dtype && y.shape == [2, 8, 8, 3])
    let convolutions = y.graph.program.nodes.filter { if case .conv = $0.op { true } else { false } }
    #expect(convolutions.allSatisfy { y.graph.program[$0.outputs[0]].dtype == dtype })
  }

  @Test func badConfigurationsAreNamed() throws {
    func problem(resolution: Int = 32, _ options: [String: OptionValue]) -> ModelError? {
      #expect(throws: ModelError.self) { try model(resolution: resolution, options) }
    }
    #expect(
      problem(["attention_levels": [1, 3]])
        == .inconsistent("attention_levels has 3, but the levels are 0 to 2"))
    #expect(problem(["width": 24])?.description.contains("heads of 32; change model.options.head") == true)
    #expect(
      problem(resolution: 30, [:])
        == .inconsistent("data.resolution is 30, but 3 levels need a multiple of 4"))
    #expect(throws: RegistryError.self) { try model(["norm_eps": 1e-5]) }
  }

  @Test func badInputsAreNamed() throws {
    let model = try model(classes: 4), graph = GraphBuilder(), scope = Scope(graph)
    let noise = try graph.input("noise", .f32, [1]), given = try conditions(4, rows: 1, graph)
    let odd = try graph.input("odd", .f32, [1, 6, 8, 3]), grey = try graph.input("grey", .f32, [1, 8, 8, 1])
    #expect(throws: ModelError.imageSize(height: 6, width: 8, multipleOf: 4)) {
      try model(odd, noise: noise, conditions: given, in: scope)
    }
    #expect(throws: GraphError.self) { try model(grey, noise: noise, conditions: given, in: scope) }
    #expect(throws: ModelError.conditions(expected: true)) {
      try model(graph.input("x", .f32, [1, 8, 8, 3]), noise: noise, conditions: .none, in: scope)
    }
  }
}
