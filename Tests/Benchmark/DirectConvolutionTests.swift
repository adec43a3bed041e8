import SfumatoGraph
import SfumatoOracle
import Testing

@testable import SfumatoBenchmark

/// The definition, against the oracle, with strides, even kernels and different numbers of channels.
@Suite struct DirectConvolutionTests {
  @Test(arguments: ["3-5@6", "4-2@7s2", "2-3@5k4", "5@4k1", "2-4@9k5s3"], ConvolutionPass.allCases)
  func isTheDefinition(text: String, pass: ConvolutionPass) throws {
    let layer = try ConvolutionLayer(parsing: text), g = layer.geometry
    let operands = pass.operands(g, batch: 2)
    // Whole numbers: sums are exact.
    let a = (0..<operands[0].count).map { Float($0 * 7 % 11) - 5 }
    let b = (0..<operands[1].count).map { Float($0 * 5 % 13) - 6 }
    let found = DirectConvolution(geometry: g, pass: pass)(a, b, batch: 2)
    let builder = GraphBuilder()
    let x = try builder.input("a", .f32, operands[0]), w = try builder.input("b", .f32, operands[1])
    try builder.output("y", builder.apply(pass.op(g), x, w))
    let expected = try evaluate(
      builder.finish(), inputs: ["a": a.map(Double.init), "b": b.map(Double.init)]
    ).outputs["y"]
    #expect(found.map(Double.init) == expected)
  }
}
