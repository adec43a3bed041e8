import Foundation
import SfumatoAutodiff
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

/// Derivatives against central differences in float64, along random directions: the gradient (order 1) against
/// differences of the value, the gradient of the gradient (order 2) against differences of the gradient.
@Suite struct GradientTests {
  /// A third of those in f32; without stopGradient, whose gradient is none of its value, and rounding, which has steps.
  static let cases = ConformanceCase.primitives.filter {
    $0.dtype == .f32 && $0.maxOrder >= 1 && $0.inputs.allSatisfy { $0.type.count <= 300 }
      && !["stopGradient", "cast"].contains($0.operation)
  }.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)

  @Test(arguments: cases) func firstOrder(_ test: ConformanceCase) throws { try check(test, order: 1) }

  @Test(arguments: cases.filter { $0.maxOrder >= 2 }) func secondOrder(_ test: ConformanceCase) throws {
    try check(test, order: 2)
  }

  /// Compares Σ gradient · v with (f(x + εv) − f(x − εv)) / 2ε, where f is the projection that the gradient is of.
  private func check(_ test: ConformanceCase, order: Int) throws {
    let gradient = try test.program(order: order)
    let value = try scalarProgram(test, order: order)
    let point = test.inputs.indices.map { test.elements($0) }
    let directions = test.inputs.enumerated().map { position, input in
      input.type.dtype.isFloat
        ? RandomStream(seed: 5, step: UInt64(position), purpose: .noise).normals(input.type.count).map(
          Double.init)
        : Array(repeating: 0, count: input.type.count)
    }
    let outputs = try evaluate(gradient, inputs: named(point)).outputs
    let variables = test.inputs.indices.filter { test.inputs[$0].type.dtype.isFloat }
    var analytic = 0.0
    for (output, variable) in variables.enumerated() {
      analytic += zip(outputs[String(output)] ?? [], directions[variable]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let epsilon = 1e-5
    func f(_ t: Double) throws -> Double {
      let moved = zip(point, directions).map { x, v in zip(x, v).map { $0 + t * $1 } }
      return try evaluate(value, inputs: named(moved)).outputs["value"]?.first ?? .nan
    }
    let numeric = try (f(epsilon) - f(-epsilon)) / (2 * epsilon)
    let scale = max(1, abs(analytic), abs(numeric))
    #expect(abs(analytic - numeric) < 2e-5 * scale, "\(test) order \(order): \(analytic) against \(numeric)")
  }

  /// The projection whose gradient `test.program(order:)` yields, as a program with output `value`.
  private func scalarProgram(_ test: ConformanceCase, order: Int) throws -> Program {
    var program = try test.program(order: order - 1)
    let graph = GraphBuilder()
    let inputs = try test.inputs.enumerated().map {
      try graph.input(String($0), $1.type.dtype, $1.type.shape)
    }
    program.states = []
    let results = try graph.inline(program, inputs)
    var sum = try graph.constant(0)
    for (index, tensor) in results.filter(\.dtype.isFloat).enumerated() {
      let stream = RandomStream(seed: 99, step: UInt64((order - 1) * 100 + index), purpose: .noise)
      let direction = try graph.constant(
        (0..<tensor.type.count).map { Double(Float(stream.normal($0))) }, tensor.dtype, tensor.shape)
      sum = try sum + (tensor * direction).reduceSum().reshape([])
    }
    try graph.output("value", sum)
    return try graph.finish()
  }

  private func named(_ values: [[Double]]) -> [String: [Double]] {
    Dictionary(uniqueKeysWithValues: values.enumerated().map { (String($0), $1) })
  }

  @Test func gradientOfAnUnusedVariableIsZero() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2]), y = try graph.input("y", .f32, [3])
    try graph.output("g", gradients(of: x.reduceSum(), wrt: [y])[0])
    #expect(try evaluate(graph.finish(), inputs: ["x": [1, 2], "y": [1, 2, 3]]).outputs["g"] == [0, 0, 0])
  }

  @Test func stopGradientStops() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2])
    try graph.output("g", gradients(of: (x * x.stopGradient()).reduceSum(), wrt: [x])[0])
    #expect(try evaluate(graph.finish(), inputs: ["x": [3, 4]]).outputs["g"] == [3, 4])
  }

  /// A region with a gradient of its own is differentiated by it, again and again; one without by its body.
  @Test func regions() throws {
    func cube(_ graph: GraphBuilder, _ x: Tensor, custom: Bool) throws -> Tensor {
      try graph.region(
        "cube", [x], gradient: custom ? { x, _, g in [try x[0] * x[0] * 3 * g[0]] } : nil
      ) { [try $0[0] * $0[0] * $0[0]] }[0]
    }
    for custom in [true, false] {
      let graph = GraphBuilder()
      let x = try graph.input("x", .f32, [2])
      let first = try gradients(of: cube(graph, x, custom: custom), wrt: [x])[0]
      let second = try gradients(of: first, wrt: [x])[0]
      try graph.output("first", first)
      try graph.output("second", second)
      let outputs = try evaluate(graph.finish(), inputs: ["x": [2, -3]]).outputs
      #expect(outputs["first"] == [12, 27])
      #expect(outputs["second"] == [12, -18])
    }
  }
}
