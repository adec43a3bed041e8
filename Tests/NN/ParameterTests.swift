import SfumatoGraph
import SfumatoNN
import Testing

@Suite struct ParameterTests {
  @Test func kernelsChangeTheirLayoutInCheckpoints() {
    let kernel = Parameter(name: "w", shape: [2, 1, 2, 3], layout: .kernel, initializer: .zeros)
    #expect(kernel.checkpointShape == [2, 3, 1, 2])
    // Element (o, r, s, i) of the graph is element (o, i, r, s) of the checkpoint.
    let graph = Array(0..<12)
    #expect(kernel.checkpointLayout(graph) == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
    #expect(kernel.graphLayout(kernel.checkpointLayout(graph)) == graph)
    let plain = Parameter(name: "w", shape: [3, 4], initializer: .zeros)
    #expect(plain.checkpointShape == [3, 4])
    #expect(plain.checkpointLayout(graph) == graph)
  }

  @Test func initialValuesAreAFunctionOfSeedAndName() {
    func values(_ name: String, seed: UInt64) -> [Float] {
      Parameter(name: name, shape: [8], initializer: .fanIn(4)).initialValues(seed: seed)
    }
    #expect(values("a.weight", seed: 1) == values("a.weight", seed: 1))
    #expect(values("a.weight", seed: 1) != values("b.weight", seed: 1))
    #expect(values("a.weight", seed: 1) != values("a.weight", seed: 2))
  }

  @Test func initialValuesHaveTheirDistribution() {
    func moments(_ initializer: Initializer) -> (mean: Double, deviation: Double, largest: Double) {
      let values = Parameter(name: "w", shape: [20000], initializer: initializer).initialValues(seed: 3)
        .map(Double.init)
      let mean = values.reduce(0, +) / 20000
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20000
      return (mean, variance.squareRoot(), values.map(abs).max() ?? 0)
    }
    let uniform = moments(.fanIn(16))
    #expect(abs(uniform.mean) < 0.005 && uniform.largest <= 0.25 && uniform.largest > 0.249)
    #expect(abs(uniform.deviation - 0.25 / 3.0.squareRoot()) < 0.002)
    let normal = moments(.normal(deviation: 2))
    #expect(abs(normal.mean) < 0.06 && abs(normal.deviation - 2) < 0.04)
    #expect(moments(.ones).mean == 1 && moments(.ones).deviation == 0)
  }

  @Test func aSecondDeclarationIsTheSameTensorOrAnError() throws {
    let scope = Scope(GraphBuilder())
    let first = try scope["a"][1].parameter("weight", [2, 3], .zeros)
    #expect(scope.parameters.parameters.map(\.name) == ["a.1.weight"])
    #expect(try scope["a"][1].parameter("weight", [2, 3], .zeros).id == first.id)
    #expect(scope.parameters["a.1.weight"]?.id == first.id)
    #expect(scope.parameters.elementCount == 6)
    let error = #expect(throws: GraphError.self) { try scope["a"][1].parameter("weight", [3, 2], .zeros) }
    #expect(error?.description.contains("a.1.weight") == true)
    #expect(error?.description.contains("[3, 2]") == true)
  }

  @Test func parametersAreStatesOfTheGraph() throws {
    let graph = GraphBuilder()
    let scope = Scope(graph, parameters: ParameterList(statePrefix: "ema."))
    _ = try scope["a"].parameter("weight", [2], .zeros)
    _ = try scope["b"].parameter("table", [2], .zeros, isTrainable: false)
    #expect(graph.program.states.map(\.name) == ["ema.a.weight", "ema.b.table"])
    #expect(scope.parameters.trainable.map(\.parameter.name) == ["a.weight"])
  }

  @Test func tracedNodesCarryTheWholePathOnce() throws {
    let graph = GraphBuilder()
    let scope = Scope(graph)
    let x = try graph.input("x", .f32, [1])
    try scope["a"].traced {
      try scope["a"]["b"].traced { _ = try x.exp() }
      try scope["a"].traced { _ = try x.sin() }
    }
    #expect(graph.program.nodes.map(\.name) == ["a.b", "a"])
  }
}
