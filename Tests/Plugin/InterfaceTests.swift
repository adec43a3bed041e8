import CSfumatoBackend
import SfumatoBackend
import SfumatoGraph
import SfumatoInterface
import Testing

/// Programs as the flat arrays of the C interface.
@Suite struct InterfaceTests {
  @Test func everythingSurvivesTheRoundTrip() throws {
    let program = try everyOperation()
    let entries = program.nodes.map(\.op.entry)
    #expect(Set(entries.map { Int($0.code.rawValue) }) == Set(0...35))
    // Version 1.0 had the first 34.
    for entry in entries where entry.code != SFUMATO_OP_REGION {
      #expect((entry.minor == 0) == (entry.code.rawValue < 34), "\(entry.code)")
    }
    #expect(entries.allSatisfy { $0.minor <= SFUMATO_BACKEND_MINOR })
    let flat = try FlatProgram(program)
    let read = try Program(flat.program)
    #expect(read.description == program.description)
    #expect(read == program)
    try read.verify()
    withExtendedLifetime(flat) {}
  }

  @Test func nineAxesDoNotFit() throws {
    let type = TensorType(.f32, Shape(Array(repeating: 1, count: 9)))
    let program = Program(values: [type], inputs: [Port(name: "x", value: ValueID(0))])
    let error = #expect(throws: BackendError.self) { try FlatProgram(program) }
    #expect(error.map { "\($0)".contains("tensors have at most 8 axes") } == true)
  }

  @Test(arguments: MalformedProgram.all) func malformed(_ malformed: MalformedProgram) throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 3])
    let table = try graph.constant([1, 2, 3], .f32, [1, 3])
    try graph.output("sum", (x * table.broadcast([2, 3])).reduceSum([1]))
    let flat = try FlatProgram(graph.finish())
    try malformed.spoil(UnsafeMutablePointer(mutating: flat.program))
    let error = #expect(throws: BackendError.self) { try Program(flat.program) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(malformed.problem), "\(text)")
    withExtendedLifetime(flat) {}
  }
}

/// A program with every operation, every setting and every type.
private func everyOperation() throws -> Program {
  let graph = GraphBuilder()
  let x = try graph.input("x", .f32, [2, 4]), key = try graph.input("key", .u32, [5])
  let weight = try graph.state("weight", .f32, [2, 4])
  _ = try graph.state("read only", .i32, [])
  for op in UnaryOp.allCases { _ = try graph.within("unary") { try graph.apply(.unary(op), x) } }
  for op in BinaryOp.allCases { _ = try graph.apply(.binary(op), x, weight) }
  for dtype in DType.allCases {
    _ = try x.cast(dtype == .f32 ? .f16 : dtype)
    _ = try graph.constant(1, dtype, [3])
    _ = try graph.constant([0, 1, 1], dtype, [3])
  }
  _ = try graph.constant([-0.5, 65504], .f16, [2])
  _ = try graph.constant([-1, 2_147_483_647], .i32, [2])
  _ = try graph.constant([0, 4_294_967_295], .u32, [2])
  _ = try x.isLess(than: weight).select(x, weight)
  _ = try graph.apply(.reduce(.sum, axes: [0, 1]), x)
  _ = try graph.apply(.reduce(.max, axes: []), x)
  _ = try x.cumsum(axis: 1)
  _ = try x.cumsum(axis: 0, reversed: true)
  _ = try graph.apply(.reshape([8]), x)
  _ = try graph.apply(.transpose([1, 0]), x)
  _ = try graph.apply(.broadcast([5, 3]), graph.constant(2, .f32, [1, 3]))
  _ = try graph.apply(.slice(starts: [0, 1], limits: [2, 4], strides: [1, 2]), x)
  _ = try graph.apply(.pad(low: [1, 0], high: [0, 2], interior: [3, 0]), x)
  _ = try graph.apply(.concat(axis: 1), x, weight, x)
  let indices = try graph.constant([1, 0, 9], .i32, [3])
  let rows = try graph.apply(.gather, x, indices)
  _ = try graph.apply(.scatterAdd(count: 7), indices, rows)
  _ = try graph.apply(.matmul(transposeA: true, transposeB: false), x, weight)
  _ = try graph.apply(.matmul(transposeA: false, transposeB: true), x, weight)
  try addConvolutions(graph)
  _ = try graph.iota(axis: 1, [2, 3])
  _ = try graph.apply(.randomBits(purpose: 4_000_000_000, bits: 24, [6]), key)
  _ = try graph.apply(.stopGradient, x)
  let attributes: [String: Attribute] = ["count": .int(-3), "eps": .float(1e-5), "kind": .string("größer")]
  let both = try graph.region("outer", version: 3, attributes: attributes, [x, weight]) { outer in
    let inner = try graph.regionOfItsOwn(outer)
    return [inner, outer[1]]
  }
  try graph.output("first", both[0])
  try graph.output("state before the step", weight)
  try graph.update("weight", to: both[1])
  return try graph.finish()
}

extension GraphBuilder {
  /// A region inside the region whose stand-ins are `outer`.
  fileprivate func regionOfItsOwn(_ outer: [Tensor]) throws -> Tensor {
    try outer[0].graph.region("inner", outer) { [try $0[0] + $0[1]] }[0]
  }
}

private func addConvolutions(_ graph: GraphBuilder) throws {
  let geometry = ConvGeometry(
    inputHeight: 7, inputWidth: 5, inChannels: 4, outChannels: 6, kernelHeight: 3, kernelWidth: 2, strideH: 2,
    strideW: 1, padTop: 0, padLeft: 1, padBottom: 2, padRight: 3, groups: 2)
  let image = try graph.constant(1, .f32, geometry.inputShape(batch: 2))
  let kernel = try graph.constant(2, .f32, geometry.weightShape)
  let result = try graph.apply(.conv(geometry), image, kernel)
  _ = try graph.apply(.convGradInput(geometry), result, kernel)
  _ = try graph.apply(.convGradWeight(geometry), image, result)
}
