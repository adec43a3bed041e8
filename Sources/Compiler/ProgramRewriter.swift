import SfumatoGraph

/// Builds a new program from the nodes of another one, keeping track of which old value became which new one.
struct ProgramRewriter {
  private(set) var program = Program()
  private var map: [ValueID?]
  private let source: Program

  /// Starts with the inputs and states of `source`.
  init(_ source: Program) {
    self.source = source
    map = Array(repeating: nil, count: source.values.count)
    for port in source.inputs {
      let value = define(source[port.value])
      program.inputs.append(Port(name: port.name, value: value))
      map[port.value.index] = value
    }
    for state in source.states {
      let value = define(source[state.input])
      program.states.append(StatePort(name: state.name, input: value, output: value))
      map[state.input.index] = value
    }
  }

  /// The new value for an old one, which must have been mapped.
  func mapped(_ value: ValueID) -> ValueID {
    guard let new = map[value.index] else { preconditionFailure("\(value) is used before it is rewritten") }
    return new
  }

  /// Makes `new` stand for `old` from here on.
  mutating func replace(_ old: ValueID, by new: ValueID) { map[old.index] = new }

  /// A new value that no node yields yet.
  mutating func define(_ type: TensorType) -> ValueID { program.define(type) }

  /// Appends a node over new values.
  mutating func emit(_ op: Op, _ inputs: [ValueID], _ types: [TensorType], name: String) -> [ValueID] {
    let outputs = types.map { define($0) }
    program.nodes.append(Node(op: op, inputs: inputs, outputs: outputs, name: name))
    return outputs
  }

  /// Appends an old node over the new counterparts of its inputs.
  mutating func copy(_ node: Node) {
    let outputs = emit(node.op, node.inputs.map(mapped), node.outputs.map { source[$0] }, name: node.name)
    for (old, new) in zip(node.outputs, outputs) { map[old.index] = new }
  }

  /// The new program, with the borders of the old one.
  consuming func finish() -> Program {
    program.outputs = source.outputs.map { Port(name: $0.name, value: mapped($0.value)) }
    for (index, state) in source.states.enumerated() { program.states[index].output = mapped(state.output) }
    return program
  }
}
