/// Traces a program: every operation appends a node, checked at once.
///
/// A builder and its tensors belong to one thread. When the trace is done, `finish()` gives the program.
public final class GraphBuilder {
  /// What has been traced so far.
  public private(set) var program = Program()
  private var scopes: [String] = []
  private var stateNumbers: [String: Int] = [:]

  public init() {}

  /// The path of the current scope, such as `mid_block.resnets.0`.
  public var scope: String { scopes.joined(separator: ".") }

  /// Traces `body` with `name` appended to the scope, which names its nodes in errors and dumps.
  public func within<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    scopes.append(name)
    defer { scopes.removeLast() }
    return try body()
  }

  /// A tensor that is given anew for each run.
  public func input(_ name: String, _ dtype: DType, _ shape: Shape) throws -> Tensor {
    if program.inputs.contains(where: { $0.name == name }) { throw duplicate("input", name) }
    let value = newValue(TensorType(dtype, shape))
    program.inputs.append(Port(name: name, value: value))
    return Tensor(value, self)
  }

  /// A tensor that outlives the step, as it is before the step.
  public func state(_ name: String, _ dtype: DType, _ shape: Shape) throws -> Tensor {
    if stateNumbers[name] != nil { throw duplicate("state", name) }
    let value = newValue(TensorType(dtype, shape))
    stateNumbers[name] = program.states.count
    program.states.append(StatePort(name: name, input: value, output: value))
    return Tensor(value, self)
  }

  /// Makes `tensor` what the state `name` holds after the step.
  public func update(_ name: String, to tensor: Tensor) throws {
    try own([tensor], for: "update")
    guard let number = stateNumbers[name] else {
      throw GraphError(operation: "update", node: scope, problem: "there is no state \"\(name)\"")
    }
    let expected = program[program.states[number].input]
    if tensor.type != expected {
      throw GraphError(
        operation: "update", node: scope, problem: "state \"\(name)\" is \(expected), found \(tensor.type)")
    }
    program.states[number].output = tensor.id
  }

  /// Makes `tensor` readable after each run.
  public func output(_ name: String, _ tensor: Tensor) throws {
    try own([tensor], for: "output")
    if program.outputs.contains(where: { $0.name == name }) { throw duplicate("output", name) }
    program.outputs.append(Port(name: name, value: tensor.id))
  }

  /// A constant with every element equal to `value`.
  public func constant(_ value: Double, _ dtype: DType = .f32, _ shape: Shape = []) throws -> Tensor {
    try apply(.constant(.splat(value), TensorType(dtype, shape)))
  }

  /// A constant with the given elements, in row-major order.
  public func constant(_ values: [Double], _ dtype: DType = .f32, _ shape: Shape) throws -> Tensor {
    try apply(.constant(.array(values), TensorType(dtype, shape)))
  }

  /// i32: each element is its index along `axis`.
  public func iota(axis: Int, _ shape: Shape) throws -> Tensor { try apply(.iota(axis: axis, shape)) }

  /// The single output of `op` on `inputs`.
  public func apply(_ op: Op, _ inputs: Tensor...) throws -> Tensor { try applyAll(op, inputs)[0] }

  /// The outputs of `op` on `inputs`.
  public func applyAll(_ op: Op, _ inputs: [Tensor]) throws -> [Tensor] {
    try own(inputs, for: op.name)
    let types = try op.outputTypes(inputs.map(\.type), node: scope)
    let outputs = types.map(newValue)
    program.nodes.append(Node(op: op, inputs: inputs.map(\.id), outputs: outputs, name: scope))
    return outputs.map { Tensor($0, self) }
  }

  /// Applies a region. Its body is traced by `body` on stand-ins of `inputs`, in a builder of its own.
  ///
  /// - Parameter gradient: traces the region's own derivative, from (inputs, outputs, cotangents of the
  ///   outputs) to the cotangents of the float inputs; nil takes the derivative of the body.
  public func region(
    _ name: String, version: Int = 1, attributes: [String: Attribute] = [:], _ inputs: [Tensor],
    gradient: (([Tensor], [Tensor], [Tensor]) throws -> [Tensor])? = nil,
    body: ([Tensor]) throws -> [Tensor]
  ) throws -> [Tensor] {
    let traced = try Self.trace(inputs.map(\.type), body)
    let outputTypes = traced.outputs.map { traced[$0.value] }
    let derivative = try gradient.map { rule in
      try Self.trace(inputs.map(\.type) + outputTypes + outputTypes) { all in
        let inputCount = inputs.count, outputCount = outputTypes.count
        return try rule(
          Array(all[..<inputCount]), Array(all[inputCount..<inputCount + outputCount]),
          Array(all[(inputCount + outputCount)...]))
      }
    }
    let region = Region(
      name: name, version: version, attributes: attributes, body: traced, gradient: derivative)
    return try applyAll(.region(region), inputs)
  }

  /// Traces a function of tensors as a program with inputs `0`, `1`, … and outputs `0`, `1`, ….
  public static func trace(_ types: [TensorType], _ function: ([Tensor]) throws -> [Tensor]) throws -> Program
  {
    let builder = GraphBuilder()
    let inputs = try types.enumerated().map { try builder.input(String($0), $1.dtype, $1.shape) }
    for (index, output) in try function(inputs).enumerated() { try builder.output(String(index), output) }
    return try builder.finish()
  }

  /// Appends the nodes of a stateless `program`, with `inputs` in place of its inputs; its outputs are returned.
  public func inline(_ inlined: Program, _ inputs: [Tensor]) throws -> [Tensor] {
    var map = [Tensor?](repeating: nil, count: inlined.values.count)
    for (port, tensor) in zip(inlined.inputs, inputs) { map[port.value.index] = tensor }
    func tensor(_ value: ValueID) throws -> Tensor {
      guard let tensor = map[value.index] else {
        throw GraphError(
          operation: "inline", node: scope, problem: "\(value) has no counterpart; is there state?")
      }
      return tensor
    }
    for node in inlined.nodes {
      let trace = { try self.applyAll(node.op, node.inputs.map(tensor)) }
      let outputs = try node.name.isEmpty ? trace() : within(node.name, trace)
      for (value, output) in zip(node.outputs, outputs) { map[value.index] = output }
    }
    return try inlined.outputs.map { try tensor($0.value) }
  }

  /// The traced program, verified.
  public func finish() throws -> Program {
    try program.verify()
    return program
  }

  private func newValue(_ type: TensorType) -> ValueID {
    program.values.append(type)
    return ValueID(program.values.count - 1)
  }

  private func own(_ tensors: [Tensor], for operation: String) throws(GraphError) {
    if tensors.contains(where: { $0.graph !== self }) {
      throw GraphError(operation: operation, node: scope, problem: "an operand belongs to another graph")
    }
  }

  private func duplicate(_ kind: String, _ name: String) -> GraphError {
    GraphError(operation: kind, node: scope, problem: "there is already a \(kind) \"\(name)\"")
  }
}
