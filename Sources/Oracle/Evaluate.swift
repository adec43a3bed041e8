import SfumatoBackend
import SfumatoGraph

/// Runs `program` in float64.
///
/// - Parameters:
///   - inputs: the elements of each input, by name.
///   - states: the elements of each state before the step, by name.
/// - Returns: the elements of each output and of each state after the step, by name.
/// - Throws: `BackendError.mismatch` when an input or state is missing or has another size.
public func evaluate(
  _ program: Program, inputs: [String: [Double]], states: [String: [Double]] = [:]
) throws -> (outputs: [String: [Double]], states: [String: [Double]]) {
  func elements(_ name: String, _ type: TensorType, _ given: [String: [Double]]) throws -> [Double] {
    guard let values = given[name], values.count == type.count else {
      throw BackendError.mismatch(
        name: name, found: given[name].map { "\($0.count) elements" } ?? "nothing", expected: "\(type)")
    }
    return values
  }
  var values = [[Double]?](repeating: nil, count: program.values.count)
  for port in program.inputs {
    values[port.value.index] = try elements(port.name, program[port.value], inputs)
  }
  for state in program.states {
    values[state.input.index] = try elements(state.name, program[state.input], states)
  }
  run(program, &values)
  func result(_ value: ValueID) -> [Double] { values[value.index] ?? [] }
  return (
    Dictionary(uniqueKeysWithValues: program.outputs.map { ($0.name, result($0.value)) }),
    Dictionary(uniqueKeysWithValues: program.states.map { ($0.name, result($0.output)) })
  )
}

/// Runs the nodes of `program` over `values`, dropping each value after its last use.
private func run(_ program: Program, _ values: inout [[Double]?]) {
  var lastUse = [Int](repeating: -1, count: program.values.count)
  for (index, node) in program.nodes.enumerated() {
    for input in node.inputs { lastUse[input.index] = index }
  }
  for value in program.results { lastUse[value.index] = program.nodes.count }
  for (index, node) in program.nodes.enumerated() {
    let operands = node.inputs.map { Operand(type: program[$0], elements: values[$0.index] ?? []) }
    let results = evaluate(node.op, operands, node.outputs.map { program[$0] })
    for (output, result) in zip(node.outputs, results) { values[output.index] = result }
    for input in node.inputs where lastUse[input.index] == index { values[input.index] = nil }
  }
}

/// A typed value.
struct Operand {
  var type: TensorType
  var elements: [Double]
  var shape: Shape { type.shape }
}

private func evaluate(_ op: Op, _ x: [Operand], _ types: [TensorType]) -> [[Double]] {
  if case .region(let region) = op {
    var values = [[Double]?](repeating: nil, count: region.body.values.count)
    for (port, operand) in zip(region.body.inputs, x) { values[port.value.index] = operand.elements }
    run(region.body, &values)
    return region.body.outputs.map { values[$0.value.index] ?? [] }
  }
  return [evaluateSingle(op, x, types[0])]
}

private func evaluateSingle(_ op: Op, _ x: [Operand], _ type: TensorType) -> [Double] {
  switch op {
  case .constant(let literal, _): (0..<type.count).map { literal[$0] }
  case .unary(let function): x[0].elements.map { function($0) }
  case .binary(let function):
    zip(x[0].elements, x[1].elements).map { function.evaluate($0, $1, x[0].type.dtype) }
  case .cast(let dtype): x[0].elements.map { convert($0, to: dtype, from: x[0].type.dtype) }
  case .select: x[0].elements.indices.map { x[0].elements[$0] != 0 ? x[1].elements[$0] : x[2].elements[$0] }
  case .reduce(let function, let axes): reduce(function, x[0], axes)
  case .cumsum(let axis, let reversed): cumsum(x[0], axis, reversed)
  case .reshape, .stopGradient: x[0].elements
  case .transpose(let permutation): transpose(x[0], permutation, type.shape)
  case .broadcast: broadcast(x[0], type.shape)
  case .slice(let starts, _, let strides): slice(x[0], starts, strides, type.shape)
  case .pad(let low, _, let interior): pad(x[0], low, interior, type.shape)
  case .concat(let axis): concat(x, axis)
  case .gather: gather(x[0], x[1])
  case .scatterAdd(let count): scatterAdd(x[0], x[1], count)
  case .matmul(let transposeA, let transposeB): matmul(x[0], x[1], transposeA, transposeB)
  case .conv(let geometry): conv(x[0].elements, x[1].elements, geometry)
  case .convGradInput(let geometry): convGradInput(x[0].elements, x[1].elements, geometry)
  case .convGradWeight(let geometry): convGradWeight(x[0].elements, x[1].elements, geometry)
  case .iota(let axis, let shape):
    (0..<shape.count).map { Double($0 / shape.strides[axis] % shape[axis]) }
  case .randomBits(let purpose, let bits, let shape): randomBits(x[0].elements, purpose, bits, shape)
  case .region: []
  }
}
