import SfumatoAutodiff
import SfumatoGraph
import SfumatoNN
import SfumatoOracle
import Testing

/// EDM2's functions on Gaussian values: magnitude 1 goes in and comes out.
@Suite struct MagnitudePreservingTests {
  private func run(_ trace: (_ scope: Scope, _ a: Tensor, _ b: Tensor) throws -> Tensor) throws -> [Double] {
    let graph = GraphBuilder()
    func gaussian(_ name: String, _ shape: Shape) throws -> Tensor {
      let values = Parameter(name: name, shape: shape, initializer: .normal(deviation: 1)).initialValues(
        seed: 1)
      return try graph.constant(values.map(Double.init), .f32, shape)
    }
    let list = ParameterList { try $1.constant($0.initialValues(seed: 2).map(Double.init), .f32, $0.shape) }
    let scope = Scope(graph, parameters: list)
    try graph.output("y", trace(scope, gaussian("a", [64, 48]), gaussian("b", [64, 16])))
    return try evaluate(graph.finish(), inputs: [:]).outputs["y"] ?? []
  }

  private func magnitude(_ values: some Collection<Double>) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(values.count, 1))).squareRoot()
  }

  @Test func magnitudesStay() throws {
    let results = [
      try run { _, a, _ in try a.mpSilu() },
      try run { _, a, _ in try a.slice(axis: 1, 0..<24).mpSum(a.slice(axis: 1, 24..<48), 0.3) },
      try run { _, a, b in try a.mpConcat(b, 0.5) }, try run { _, a, b in try a.mpConcat(b, 0.2) },
      try run { scope, a, _ in try scope.mpLinear(a, 40) },
      try run { scope, a, _ in try scope.mpFourier(a.slice(axis: 1, 0..<1).reshape([64]), size: 32) },
      try run { scope, a, _ in try (a * 0.01).unitMagnitude([-1]) },
    ]
    for (number, values) in results.enumerated() {
      #expect(abs(magnitude(values) - 1) < 0.06, "\(number): \(magnitude(values))")
    }
  }

  /// Each of two contributes as its share, however wide it is.
  @Test func concatenationsAreBalanced() throws {
    let joined = try run { _, a, b in try a.mpConcat(b, 0.2) }
    func energy(_ columns: Range<Int>) -> Double {
      (0..<64).reduce(0) { sum, row in
        columns.reduce(sum) { $0 + joined[row * 64 + $1] * joined[row * 64 + $1] }
      }
    }
    #expect(abs((energy(48..<64) / energy(0..<48)).squareRoot() - 0.25) < 0.02)
    #expect(throws: GraphError.self) { try run { _, a, _ in try a.mpConcat(a.reduceSum().reshape([]), 0.5) } }
  }

  /// At 0, where a magnitude has no slope.
  @Test func gradientsAreFinite() throws {
    let slopes = try run { _, a, _ in
      let zero = try a * 0
      return try gradients(of: (zero.unitMagnitude([-1]) * a).reduceSum().reshape([]), wrt: [zero])[0]
    }
    #expect(slopes.count == 64 * 48 && slopes.allSatisfy(\.isFinite))
  }

  /// A vector of any magnitude, such as a caption's.
  private struct Vector: Condition {
    let name: String
    var form: ConditionForm { .vector }
    var columns: [BatchColumn] { [BatchColumn(name, .f32, [16])] }
    func null(_ values: [Tensor]) throws -> [Tensor] { [try values[0] * 0] }
    func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding {
      .vector(try scope.linear(values[0], size, bias: false) * 7)
    }
  }

  @Test func conditionsHaveMagnitudeOne() throws {
    for names in [["one"], ["one", "two", "three"]] {
      let found = try run { scope, _, b in
        try #require(
          try Conditioning(names.map { .init(Vector(name: $0), [b]) }).mpVector(size: 40, in: scope))
      }
      #expect(abs(magnitude(found) - 1) < (names.count == 1 ? 1e-3 : 0.15), "\(names.count)")
    }
    let nothing = try run { scope, _, b in
      let all = Conditioning([.init(Vector(name: "one"), [b])])
      return try #require(try all.null().mpVector(size: 40, in: scope))
    }
    #expect(nothing.allSatisfy { $0 == 0 })
    #expect(try Conditioning.none.mpVector(size: 4, in: Scope(GraphBuilder()))?.id == nil)
  }
}
