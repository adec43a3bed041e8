import SfumatoGraph
import Testing

@Suite struct ProgramTests {
  private func sample() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4]), w = try graph.state("w", .f32, [4])
    let y = try graph.within("layer") { try x * w + 1 }
    try graph.update("w", to: w - y)
    try graph.output("loss", y.reduceSum())
    return try graph.finish()
  }

  @Test func printsEveryPart() throws {
    let text = try sample().description
    #expect(text.contains("%0 = input \"x\" : f32[4]"))
    #expect(text.contains("%1 = state \"w\" : f32[4]"))
    #expect(text.contains("mul(%0, %1) : f32[4]  // layer"))
    #expect(text.contains("update \"w\""))
    #expect(text.contains("output \"loss\""))
  }

  @Test func verifierFindsUseBeforeDefinition() throws {
    var program = try sample()
    program.nodes.swapAt(0, program.nodes.count - 1)
    #expect(throws: GraphError.self) { try program.verify() }
  }

  @Test func verifierFindsWrongTypes() throws {
    var program = try sample()
    program.values[program.nodes[0].outputs[0].index] = TensorType(.f32, [5])
    #expect(throws: GraphError.self) { try program.verify() }
  }

  @Test func verifierFindsDoubleDefinition() throws {
    var program = try sample()
    program.nodes[1].outputs = program.nodes[0].outputs
    #expect(throws: GraphError.self) { try program.verify() }
  }

  @Test func duplicateNamesAreRefused() throws {
    let graph = GraphBuilder()
    _ = try graph.input("x", .f32, [1])
    #expect(throws: GraphError.self) { try graph.input("x", .f32, [1]) }
  }

  @Test func regionGradientMustFit() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [3])
    let y = try graph.region("twice", [x], gradient: { _, _, g in [try g[0].reduceSum()] }) {
      [try $0[0] * 2]
    }
    try graph.output("y", y[0])
    #expect(throws: GraphError.self) { try graph.finish() }
  }
}
