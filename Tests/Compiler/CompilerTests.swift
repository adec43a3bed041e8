import SfumatoBackend
import SfumatoCompiler
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

@Suite struct CompilerTests {
  private func elements(_ program: Program) -> (inputs: [String: [Double]], states: [String: [Double]]) {
    func draw(_ name: String, _ value: ValueID) -> (String, [Double]) {
      let stream = RandomStream(seed: UInt64(value.index), purpose: .noise)
      return (name, stream.normals(program[value].count).map(Double.init))
    }
    return (
      Dictionary(uniqueKeysWithValues: program.inputs.map { draw($0.name, $0.value) }),
      Dictionary(uniqueKeysWithValues: program.states.map { draw($0.name, $0.input) })
    )
  }

  /// Fused, folded, planned and run in one memory gives what the trace means; also where the arena can be cut.
  @Test(arguments: 1...300) func compiledProgramMeansTheSame(seed: Int) throws {
    let program = try RandomPrograms.make(seed: UInt64(seed))
    let (inputs, states) = elements(program)
    let expected = try evaluate(program, inputs: inputs, states: states)
    for (optimize, page, joins) in [
      (false, nil, false), (true, nil, false), (true, 512, false), (true, nil, true),
    ] as [(Bool, Int?, Bool)] {
      let planned: PlannedProgram
      do {
        planned = try compile(
          program, optimize: optimize, arenaPage: page, takesEpilogue: { _, _ in joins },
          takesPrologue: { _, _ in joins },
          supports: \.isPointwise)
      } catch let error as GraphError where error.operation == "plan" {
        continue
      }
      var execution = PlannedExecution(planned)
      let found = try execution.run(inputs: inputs, states: states)
      for (name, values) in expected.outputs {
        #expect(
          normalizedError(found.outputs[name] ?? [], values) < 1e-9, "output \(name), optimize \(optimize)")
      }
      for (name, values) in expected.states {
        #expect(
          normalizedError(found.states[name] ?? [], values) < 1e-9, "state \(name), optimize \(optimize)")
      }
    }
  }

  /// No value lies across a multiple of the page, unless it is larger; a page that is large enough changes nothing.
  @Test func anArenaCanBeCutAtItsPages() throws {
    var cuts = 0
    for seed in 1...100 as ClosedRange<UInt64> {
      let program = try RandomPrograms.make(seed: seed)
      guard let whole = try? compile(program, supports: \.isPointwise) else { continue }
      let roomy = try compile(program, arenaPage: 1 << 30, supports: \.isPointwise)
      #expect(roomy.plan.locations == whole.plan.locations)
      let plan = try compile(program, arenaPage: 512, supports: \.isPointwise)
      if plan.plan.arenaByteCount > 512 { cuts += 1 }
      for (type, location) in zip(plan.program.values, plan.plan.locations)
      where location.base == .arena && (1...256).contains(type.byteCount) {
        #expect(location.byteOffset % 512 + type.byteCount <= 512, "seed \(seed)")
      }
    }
    #expect(cuts > 10, "\(cuts)")
  }

  /// Values that are live at one time lie apart, unless one is a view of the other or was placed into it.
  @Test(arguments: 1...100) func planIsNoLargerThanNeeded(seed: Int) throws {
    let planned = try compile(RandomPrograms.make(seed: UInt64(seed))) { $0.isPointwise }
    #expect(planned.plan.arenaByteCount >= planned.plan.lowerBound)
    #expect(planned.plan.arenaByteCount <= 2 * planned.plan.lowerBound)
  }

  @Test func fusionLeavesNoElementwiseNode() throws {
    for seed in 1...50 {
      let program = try compile(RandomPrograms.make(seed: UInt64(seed))) { $0.isPointwise }.program
      #expect(!program.nodes.contains { $0.op.isPointwise })
    }
  }

  @Test func fusionGathersAChain() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [8, 4]), scale = try graph.input("scale", .f32, [4])
    try graph.output("y", ((x * scale + 1).tanh() * x).sqrt())
    let program = try compile(graph.finish()) { $0.isPointwise }.program
    let regions = program.nodes.filter { if case .region = $0.op { true } else { false } }
    #expect(regions.count == 1)
    #expect(regions.first?.inputs.count == 2)
  }

  @Test func fusionKeepsToItsOperandLimit() throws {
    let graph = GraphBuilder()
    let inputs = try (0..<40).map { try graph.input("x\($0)", .f32, [8]) }
    try graph.output("sum", inputs.dropFirst().reduce(inputs[0]) { try $0 + $1 })
    let program = try compile(graph.finish(), maxPointwiseOperands: 8) { $0.isPointwise }.program
    for node in program.nodes { #expect(node.inputs.count + node.outputs.count <= 8) }
  }

  @Test func optimizerStateIsUpdatedInPlace() throws {
    let graph = GraphBuilder()
    let w = try graph.state("w", .f32, [64]), m = try graph.state("m", .f32, [64])
    let g = try (w * 2).tanh()
    let average = try m * 0.9 + g * 0.1
    try graph.update("m", to: average)
    try graph.update("w", to: w - average)
    let planned = try compile(graph.finish()) { $0.isPointwise }
    #expect(planned.plan.stateCopies.isEmpty)
    for (index, state) in planned.program.states.enumerated() {
      #expect(planned.plan[state.output] == .init(base: .state(index), byteOffset: 0))
    }
  }

  /// Weights are narrowed before everything else, and lie where no other value has been; what reads more than states stays.
  @Test func statesAreNarrowedFirst() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4, 8])
    var h = x
    for name in ["a", "b", "c"] {
      let weight = try graph.state(name, .f32, [64])
      h = try h.cast(.bf16).matmul(weight.reshape([8, 8]).cast(.bf16)).cast(.f32)
      try graph.update(name, to: weight + h.reduceSum().reshape([1]))
    }
    try graph.output("h", h)
    let planned = try compile(graph.finish(), supports: \.isPointwise)
    let narrow = planned.program.nodes.filter { planned.program[$0.outputs[0]].dtype == .bf16 }.filter {
      planned.program[$0.outputs[0]].shape == [8, 8]
    }
    #expect(narrow.count == 3)
    let first = planned.program.nodes.prefix { node in
      if case .reshape = node.op { true } else { narrow.contains { $0.outputs == node.outputs } }
    }
    #expect(first.filter { node in narrow.contains { $0.outputs == node.outputs } }.count == 3)
  }

  @Test func viewsTakeNoMemory() throws {
    let graph = GraphBuilder()
    let flat = try graph.state("flat", .f32, [100])
    let a = try flat.slice(axis: 0, 4..<28).reshape([4, 6]),
      b = try flat.slice(axis: 0, 28..<52).reshape([6, 4])
    try graph.output("y", a.matmul(b))
    let planned = try compile(graph.finish()) { $0.isPointwise }
    let product = planned.program.nodes.first { $0.op.name == "matmul" }
    #expect(product.map { planned.plan[$0.inputs[0]] } == .init(base: .state(0), byteOffset: 16))
    #expect(product.map { planned.plan[$0.inputs[1]] } == .init(base: .state(0), byteOffset: 112))
    #expect(planned.plan.arenaByteCount == 256)
  }

  @Test func gradientsAreWrittenIntoTheirConcatenation() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4, 6])
    let parts = try [x.reduceSum([0]).reshape([6]), x.matmul(x, transposeA: true).reshape([36])]
    try graph.output("flat", Tensor.concat(parts, axis: 0))
    let planned = try compile(graph.finish()) { $0.isPointwise }
    let concat = planned.program.nodes.firstIndex { $0.op.name == "concat" }
    #expect(concat.map { planned.plan.isElided[$0] } == true)
  }

  @Test func transposesMoveIntoProducts() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4, 6])
    try graph.output("y", x.transpose([1, 0]).matmul(x))
    let nodes = try compile(graph.finish()) { $0.isPointwise }.program.nodes
    #expect(nodes.count == 1)
    #expect(nodes.first?.op == .matmul(transposeA: true, transposeB: false))
  }
}
