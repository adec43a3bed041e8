import SfumatoGraph
import SfumatoNN
import SfumatoOracle
import SfumatoRandom
import Testing

/// The key of (seed, step, first row).
func key(seed: UInt64, step: UInt64, firstRow: UInt32 = 0) -> [Double] {
  [
    UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32),
    UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32), firstRow,
  ].map(Double.init)
}

/// The outputs of `trace`, a function of the input `key`.
func run(key: [Double], _ trace: (GraphBuilder, Tensor) throws -> Tensor) throws -> [Double] {
  let graph = GraphBuilder()
  try graph.output("y", trace(graph, graph.input("key", .u32, [5])))
  return try evaluate(graph.finish(), inputs: ["key": key]).outputs["y"] ?? []
}

@Suite struct RandomTests {
  @Test func normalsAreThoseOfTheHostsStream() throws {
    let seed: UInt64 = 0x1234_5678_9ABC, step: UInt64 = 7
    let found = try run(key: key(seed: seed, step: step)) { try $1.normal(.noise, [3, 5]) }
    let stream = RandomStream(seed: seed, step: step, purpose: .noise)
    #expect(zip(found, stream.normals(15)).allSatisfy { abs($0 - Double($1)) < 1e-5 })
  }

  @Test func uniformsAreThoseOfTheHostsStream() throws {
    let found = try run(key: key(seed: 5, step: 1)) { try $1.uniform(.noiseLevel, [9]) }
    let stream = RandomStream(seed: 5, step: 1, purpose: .noiseLevel)
    #expect(found == (0..<9).map { stream.uniform($0) })
  }

  @Test func drawsDoNotDependOnHowABatchIsCut() throws {
    let whole = try run(key: key(seed: 5, step: 1)) { try $1.normal(.noise, [4, 3]) }
    let part = try run(key: key(seed: 5, step: 1, firstRow: 2)) { try $1.normal(.noise, [2, 3]) }
    #expect(Array(whole[6...]) == part)
    #expect(try run(key: key(seed: 5, step: 2)) { try $1.normal(.noise, [4, 3]) } != whole)
  }

  @Test func dropoutKeepsItsShareAndScalesIt() throws {
    let found = try run(key: key(seed: 5, step: 1)) { graph, key in
      let scope = Scope(graph, randomKey: key)
      return try scope.dropout(graph.constant(1, .f32, [100, 100]), rate: 0.3)
    }
    let kept = found.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 1 / 0.7) < 1e-6 })
    #expect(abs(Double(kept.count) / 10000 - 0.7) < 0.02)
  }

  @Test func dropoutLayersDrawTheirOwn() throws {
    let found = try run(key: key(seed: 5, step: 1)) { graph, key in
      let scope = Scope(graph, randomKey: key), ones = try graph.constant(1, .f32, [1, 64])
      return try .concat([scope.dropout(ones, rate: 0.5), scope.dropout(ones, rate: 0.5)], axis: 0)
    }
    #expect(found[..<64] != found[64...])
  }

  @Test func dropoutDoesNothingOutsideTraining() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4])
    #expect(try Scope(graph).dropout(x, rate: 0.5).id == x.id)
    let training = Scope(graph, randomKey: try graph.input("key", .u32, [5]))
    #expect(try training.dropout(x, rate: 0).id == x.id)
    #expect(throws: GraphError.self) { try training.dropout(x, rate: 1) }
  }
}
