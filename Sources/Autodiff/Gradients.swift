import SfumatoGraph

/// The gradients of `output`, summed over its elements, with respect to each of `variables`.
///
/// The gradients are ordinary tensors of the same graph, so this can be applied to them again. A variable that
/// `output` does not depend on has a gradient of zeros.
///
/// - Parameter cotangent: the derivative of what is wanted with respect to `output`, of its type; ones when nil.
/// - Throws: `GraphError` when a tensor is not a float or the types differ.
public func gradients(
  of output: Tensor, wrt variables: [Tensor], cotangent: Tensor? = nil
) throws -> [Tensor] {
  try gradients(of: [output], wrt: variables, cotangents: [cotangent ?? output.splat(1)])
}

/// The sum of the vector-Jacobian products of `outputs` with `cotangents`, with respect to each of `variables`.
public func gradients(
  of outputs: [Tensor], wrt variables: [Tensor], cotangents: [Tensor]
) throws -> [Tensor] {
  guard let graph = outputs.first?.graph else { return try variables.map { try $0.splat(0) } }
  for (output, cotangent) in zip(outputs, cotangents)
  where output.type != cotangent.type || !output.dtype.isFloat {
    throw GraphError(
      operation: "gradients", node: graph.scope,
      problem: "output \(output.type) and cotangent \(cotangent.type) must be floats of one type")
  }
  var backward = Backward(graph.program, variables: variables.map(\.id))
  for (output, cotangent) in zip(outputs, cotangents) { try backward.add(cotangent, to: output.id) }
  try backward.run(graph)
  return try variables.map { try backward.cotangents[$0.id] ?? $0.splat(0) }
}

/// One walk from outputs to variables.
private struct Backward {
  let nodes: [Node]
  /// Whether a value depends on a variable, by `ValueID.index`.
  var isActive: [Bool]
  var cotangents: [ValueID: Tensor] = [:]

  init(_ program: Program, variables: [ValueID]) {
    nodes = program.nodes
    isActive = Array(repeating: false, count: program.values.count)
    for variable in variables { isActive[variable.index] = true }
    for node in nodes where node.inputs.contains(where: { isActive[$0.index] }) {
      for output in node.outputs where program[output].dtype.isFloat { isActive[output.index] = true }
    }
  }

  mutating func add(_ cotangent: Tensor, to value: ValueID) throws {
    guard isActive[value.index] else { return }
    if let known = cotangents[value] {
      cotangents[value] = try known + cotangent
    } else {
      cotangents[value] = cotangent
    }
  }

  mutating func run(_ graph: GraphBuilder) throws {
    for node in nodes.reversed() {
      let given = node.outputs.map { cotangents[$0] }
      let needs = node.inputs.map { isActive[$0.index] }
      guard given.contains(where: { $0 != nil }), needs.contains(true) else { continue }
      let inputs = node.inputs.map { Tensor.value($0, in: graph) }
      let outputs = node.outputs.map { Tensor.value($0, in: graph) }
      let results = try graph.within("grad(\(node.name.isEmpty ? node.op.name : node.name))") {
        let full = try zip(outputs, given).map { output, cotangent in try cotangent ?? output.splat(0) }
        return try node.op.cotangents(inputs: inputs, outputs: outputs, cotangents: full, needs: needs)
      }
      for (input, result) in zip(node.inputs, results) {
        if let result { try add(result, to: input) }
      }
    }
  }
}
