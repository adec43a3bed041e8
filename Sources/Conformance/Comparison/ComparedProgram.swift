import SfumatoBackend
import SfumatoGraph

/// A program with what it is run on, and two devices.
struct ComparedProgram {
  let program: Program
  let inputs: [String: HostTensor]
  let states: [String: HostTensor]
  let a: any Device
  let b: any Device

  /// Bytes of outputs that one run yields.
  private static let chunkBytes = 64 << 20

  /// Nodes in pieces whose results fit into memory.
  var chunks: [Range<Int>] {
    var chunks: [Range<Int>] = []
    var start = 0, bytes = 0
    for (index, node) in program.nodes.enumerated() {
      bytes += node.outputs.reduce(0) { $0 + program[$1].byteCount }
      if bytes >= Self.chunkBytes || index == program.nodes.count - 1 {
        chunks.append(start..<index + 1)
        (start, bytes) = (index + 1, 0)
      }
    }
    return chunks
  }

  /// The results of these nodes on both devices, by the values' numbers.
  func results(of nodes: Range<Int>) throws -> ([String: HostTensor], [String: HostTensor]) {
    let part = observing(nodes)
    return (try run(part, on: a), try run(part, on: b))
  }

  func error(_ a: HostTensor?, _ b: HostTensor?) -> Double {
    guard let a, let b else { return .infinity }
    return normalizedError(b.doubles, a.doubles, dtype: a.type.dtype)
  }

  /// How far the devices are apart on one node alone, on operands that the first one computed.
  func ownError(_ index: Int) throws -> Double {
    let node = program.nodes[index]
    let operands = try self.operands(of: node)
    let builder = GraphBuilder()
    var tensors: [ValueID: Tensor] = [:]
    for value in node.inputs where tensors[value] == nil {
      tensors[value] = try builder.input("\(value.index)", program[value].dtype, program[value].shape)
    }
    let results = try builder.applyAll(node.op, node.inputs.compactMap { tensors[$0] })
    for (position, result) in results.enumerated() { try builder.output("\(position)", result) }
    let single = ComparedProgram(program: try builder.finish(), inputs: operands, states: [:], a: a, b: b)
    let (x, y) = (try single.run(single.program, on: a), try single.run(single.program, on: b))
    return x.keys.map { error(x[$0], y[$0]) }.max() ?? 0
  }

  /// What a node reads, on the first device, by the values' numbers.
  private func operands(of node: Node) throws -> [String: HostTensor] {
    var operands: [String: HostTensor] = [:]
    for port in program.inputs where node.inputs.contains(port.value) {
      operands["\(port.value.index)"] = inputs[port.name]
    }
    for port in program.states where node.inputs.contains(port.input) {
      operands["\(port.input.index)"] = states[port.name]
    }
    let producers = program.producers()
    for producer in Set(node.inputs.compactMap { producers[$0.index] }) {
      let computed = try run(observing(producer..<producer + 1), on: a)
      for value in node.inputs {
        operands["\(value.index)"] = computed["\(value.index)"] ?? operands["\(value.index)"]
      }
    }
    return operands
  }

  func types(of node: Node) -> String {
    [node.inputs, node.outputs].map { $0.map { "\(program[$0])" }.joined(separator: ", ") }.joined(
      separator: " → ")
  }

  private func run(_ program: Program, on device: any Device) throws -> [String: HostTensor] {
    let store = try device.makeState(for: program)
    for port in program.states {
      guard let tensor = states[port.name] else {
        throw BackendError.mismatch(name: port.name, found: "nothing", expected: "\(program[port.input])")
      }
      try store.write(port.name, tensor)
    }
    let step = try device.makeStep(program, state: store)
    try step.run(inputs)
    return try step.outputs()
  }

  /// The program up to these nodes, with their results as outputs, called by their values' numbers, and states that stay.
  private func observing(_ nodes: Range<Int>) -> Program {
    var part = Program()
    var map: [ValueID: ValueID] = [:]
    func define(_ value: ValueID) -> ValueID {
      part.values.append(program[value])
      let new = ValueID(part.values.count - 1)
      map[value] = new
      return new
    }
    part.inputs = program.inputs.map { Port(name: $0.name, value: define($0.value)) }
    part.states = program.states.map {
      let value = define($0.input)
      return StatePort(name: $0.name, input: value, output: value)
    }
    for node in program.nodes[..<nodes.upperBound] {
      let operands = node.inputs.compactMap { map[$0] }
      part.nodes.append(
        Node(op: node.op, inputs: operands, outputs: node.outputs.map(define), name: node.name))
    }
    part.outputs = program.nodes[nodes].flatMap(\.outputs).compactMap { value in
      map[value].map { Port(name: "\(value.index)", value: $0) }
    }
    return part
  }
}
