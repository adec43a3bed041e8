import SfumatoGraph
import SfumatoNN
import Testing

@Suite struct LayerTests {
  private let graph = GraphBuilder()

  @Test func layersDeclareTheirParameters() throws {
    let scope = Scope(graph)
    let x = try graph.input("x", .f32, [2, 6, 4, 3])
    let y = try scope["conv"].conv2d(x, channels: 8)
    #expect(y.shape == [2, 6, 4, 8])
    #expect(try scope["one"].conv2d(y, channels: 4, kernel: 1, bias: false).shape == [2, 6, 4, 4])
    _ = try scope["norm"].groupNorm(y, groups: 4)
    _ = try scope["linear"].linear(y, 5)
    let up = scope["up"]
    #expect(try up.convTransposed2d(y, channels: 2, weight: .normal(deviation: 3)).shape == [2, 12, 8, 2])
    let found = scope.parameters.parameters.map { "\($0.name) \($0.checkpointShape)" }
    #expect(
      found == [
        "conv.weight [8, 3, 3, 3]", "conv.bias [8]", "one.weight [4, 8, 1, 1]", "norm.weight [8]",
        "norm.bias [8]", "linear.weight [5, 8]", "linear.bias [5]", "up.weight [8, 2, 4, 4]", "up.bias [2]",
      ])
    // PyTorch's bounds are 1/√(inputs of an output).
    #expect(scope.parameters.parameters[0].initializer == .fanIn(27))
    #expect(scope.parameters.parameters[5].initializer == .fanIn(8))
    #expect(scope.parameters.parameters[7].initializer == .normal(deviation: 3))
    #expect(scope.parameters.parameters[8].initializer == .fanIn(32))
  }

  /// Backends recognise normalisations by these names, inputs and attributes.
  @Test func normalisationsAreRegions() throws {
    let x = try graph.input("x", .f32, [2, 4, 8]), c = try graph.input("c", .f32, [8])
    _ = try x.groupNorm(scale: c, bias: c, groups: 2, eps: 1e-5, activation: .silu)
    _ = try x.softmax()
    let regions: [Region] = graph.program.nodes.compactMap {
      if case .region(let r) = $0.op { r } else { nil }
    }
    #expect(regions.map(\.name) == ["groupNorm", "softmax"])
    #expect(regions[0].attributes == ["groups": .int(2), "eps": .float(1e-5), "activation": .string("silu")])
    let inner = regions.flatMap { $0.gradient?.nodes ?? [] }.compactMap { node -> Region? in
      if case .region(let r) = node.op { r } else { nil }
    }
    #expect(inner.map(\.name) == ["groupNormGrad", "softmaxGrad"])
    #expect(inner[0].body.inputs.count == 4 && inner[0].body.outputs.count == 3)
    #expect(inner[0].attributes == regions[0].attributes)
  }

  @Test func badShapesAreNamed() throws {
    let scope = Scope(graph)["block"]
    let flat = try graph.input("flat", .f32, [2, 6])
    for layer in [
      { try scope.conv2d(flat, channels: 2) }, { try scope.groupNorm(flat, groups: 4) },
      { try flat.upsampledNearest() }, { try flat.upsampledSmoothly() }, { try flat.downsampledSmoothly() },
      { try scope.convTransposed2d(flat, channels: 2) },
      { try flat.attention(keys: flat, values: flat, heads: 2) },
    ] as [() throws -> Tensor] {
      let error = #expect(throws: GraphError.self) { try layer() }
      #expect(error?.description.contains("[2, 6]") == true)
    }
    let odd = try graph.input("odd", .f32, [1, 4, 3, 2])
    #expect(throws: GraphError.self) { try odd.downsampledSmoothly() }
    #expect(throws: GraphError.self) { try scope.convTransposed2d(odd, channels: 2, kernel: 3, stride: 2) }
    #expect(throws: GraphError.self) { try scope.convTransposed2d(odd, channels: 2, kernel: 2, stride: 4) }
    let scalar = try graph.input("scalar", .f32, [])
    #expect(throws: GraphError.self) { try scope.linear(scalar, 2) }
    #expect(throws: GraphError.self) { try scalar.softmax() }
  }
}
