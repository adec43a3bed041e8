import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoOracle

/// Runs a planned program node by node in one real memory, at the places that the plan gives: whatever two live
/// values share by mistake shows in the results.
struct PlannedExecution {
  let planned: PlannedProgram
  private var memory: [MemoryPlan.Base: [UInt8]] = [:]

  init(_ planned: PlannedProgram) { self.planned = planned }

  /// The outputs and the states after the step, as doubles.
  mutating func run(
    inputs: [String: [Double]], states: [String: [Double]]
  ) throws -> (outputs: [String: [Double]], states: [String: [Double]]) {
    let program = planned.program, plan = planned.plan
    memory[.arena] = Array(repeating: 0xff, count: plan.arenaByteCount)
    for (index, port) in program.inputs.enumerated() {
      memory[.input(index)] = HostTensor(program[port.value], rounding: inputs[port.name] ?? []).bytes
    }
    for (index, state) in program.states.enumerated() {
      memory[.state(index)] = HostTensor(program[state.input], rounding: states[state.name] ?? []).bytes
    }
    for (index, node) in program.nodes.enumerated() { try run(node, index) }
    let outputs = program.outputs.map { ($0.name, read($0.value).doubles) }
    for (value, state) in plan.stateCopies { memory[.state(state)] = read(value).bytes }
    return (
      Dictionary(uniqueKeysWithValues: outputs),
      Dictionary(
        uniqueKeysWithValues: program.states.enumerated().map { index, state in
          let type = program[state.input]
          let tensor = HostTensor(type) { $0.copyBytes(from: memory[.state(index)] ?? []) }
          return (state.name, tensor.doubles)
        })
    )
  }

  private mutating func run(_ node: Node, _ index: Int) throws {
    let program = planned.program
    if case .constant(let literal, let type) = node.op {
      memory[.constant(index)] = HostTensor(type, rounding: (0..<type.count).map { literal[$0] }).bytes
    }
    if planned.plan.isElided[index] { return }
    let graph = GraphBuilder()
    let operands = try node.inputs.enumerated().map {
      try graph.input(String($0), program[$1].dtype, program[$1].shape)
    }
    for (position, result) in try graph.applyAll(node.op, operands).enumerated() {
      try graph.output(String(position), result)
    }
    let elements = node.inputs.map { read($0).doubles }
    let results = try evaluate(
      graph.finish(), inputs: Dictionary(uniqueKeysWithValues: elements.enumerated().map { (String($0), $1) })
    ).outputs
    for (position, output) in node.outputs.enumerated() {
      write(HostTensor(program[output], rounding: results[String(position)] ?? []), to: output)
    }
  }

  private func read(_ value: ValueID) -> HostTensor {
    let place = planned.plan[value], type = planned.program[value]
    let bytes = memory[place.base]?[place.byteOffset..<place.byteOffset + type.byteCount] ?? []
    return HostTensor(type) { $0.copyBytes(from: bytes) }
  }

  private mutating func write(_ tensor: HostTensor, to value: ValueID) {
    let place = planned.plan[value]
    memory[place.base]?.replaceSubrange(
      place.byteOffset..<place.byteOffset + tensor.bytes.count, with: tensor.bytes)
  }
}
