import SfumatoGraph
import Testing

@Suite struct TypeRuleTests {
  /// The message of the error that `body` throws.
  private func message(_ body: (GraphBuilder) throws -> Void) -> String {
    let builder = GraphBuilder()
    do {
      try builder.within("net.layer") { try body(builder) }
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func namesTheNodeAndBothShapes() {
    let text = message { graph in
      let a = try graph.input("a", .f32, [2, 3]), b = try graph.input("b", .f32, [4, 5])
      _ = try a.matmul(b)
    }
    #expect(text == "matmul at net.layer: f32[2, 3] and f32[4, 5] do not multiply")
  }

  @Test func rejectsWrongConvolutionOperands() {
    let text = message { graph in
      let x = try graph.input("x", .f32, [1, 8, 8, 3]), w = try graph.input("w", .f32, [4, 3, 3, 2])
      _ = try x.conv(w)
    }
    #expect(
      text.contains("conv at net.layer") && text.contains("[4, 3, 3, 3]") && text.contains("[4, 3, 3, 2]"))
  }

  @Test func rejectsShapesThatDoNotBroadcast() {
    #expect(
      message { graph in _ = try graph.input("a", .f32, [2, 3]) + graph.input("b", .f32, [4]) }
        == "broadcast at net.layer: shapes [2, 3] and [4] do not fit together")
  }

  @Test func rejectsMixedTypes() {
    #expect(
      message { graph in _ = try graph.input("a", .f32, [3]) + graph.input("b", .i32, [3]) }
        == "add at net.layer: operands differ: f32[3] and i32[3]")
  }

  @Test func rejectsTensorsOfAnotherGraph() {
    let other = GraphBuilder()
    #expect(
      message { graph in _ = try graph.apply(.unary(.exp), other.input("a", .f32, [3])) }
        .contains("belongs to another graph"))
  }

  @Test func infersExtents() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 9, 9, 4])
    #expect(
      try x.conv(graph.constant(0, .f32, [6, 3, 3, 4]), stride: 2, padding: (1, 1, 1, 1)).shape == [
        2, 5, 5, 6,
      ])
    #expect(
      try x.slice(starts: [0, 1, 0, 0], limits: [2, 9, 9, 4], strides: [1, 3, 2, 1]).shape == [2, 3, 5, 4])
    #expect(
      try x.pad(low: [0, 1, 0, 0], high: [0, 0, 2, 0], interior: [0, 1, 0, 0]).shape == [2, 18, 11, 4])
    #expect(try x.reduceSum([1, 2]).shape == [2, 1, 1, 4])
    #expect(try x.transpose([0, 3, 1, 2]).shape == [2, 4, 9, 9])
  }
}
