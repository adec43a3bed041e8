extension Program {
  /// Checks every rule of a program: values are defined once and before use, types are those that the
  /// operations infer, borders are sound, region bodies are programs without state.
  ///
  /// Throws a `GraphError` that names the first node that breaks a rule.
  public func verify() throws(GraphError) {
    var defined = [Bool](repeating: false, count: values.count)
    func define(_ value: ValueID, _ by: String, _ node: String) throws(GraphError) {
      guard values.indices.contains(value.index) else {
        throw GraphError(operation: by, node: node, problem: "\(value) is not among \(values.count) values")
      }
      if defined[value.index] {
        throw GraphError(operation: by, node: node, problem: "\(value) is defined twice")
      }
      defined[value.index] = true
    }
    func use(_ value: ValueID, _ by: String, _ node: String) throws(GraphError) {
      if !values.indices.contains(value.index) || !defined[value.index] {
        throw GraphError(operation: by, node: node, problem: "\(value) is used before it is defined")
      }
    }
    for port in inputs { try define(port.value, "input", port.name) }
    for state in states { try define(state.input, "state", state.name) }
    for node in nodes {
      for input in node.inputs { try use(input, node.op.name, node.name) }
      let types = try node.op.outputTypes(node.inputs.map { self[$0] }, node: node.name)
      for output in node.outputs { try define(output, node.op.name, node.name) }
      if types != node.outputs.map({ self[$0] }) {
        throw GraphError(
          operation: node.op.name, node: node.name,
          problem: "yields \(types), but its values are \(node.outputs.map { self[$0] })")
      }
      if case .region(let region) = node.op { try region.verify(node.name) }
    }
    for port in outputs { try use(port.value, "output", port.name) }
    for state in states {
      try use(state.output, "state", state.name)
      if self[state.input] != self[state.output] {
        throw GraphError(
          operation: "state", node: state.name,
          problem: "changes from \(self[state.input]) to \(self[state.output])")
      }
    }
  }
}

extension Region {
  fileprivate func verify(_ node: String) throws(GraphError) {
    if !body.states.isEmpty || gradient?.states.isEmpty == false {
      throw GraphError(operation: name, node: node, problem: "a region's body must have no state")
    }
    try body.verify()
    guard let gradient else { return }
    try gradient.verify()
    let inputTypes = body.inputs.map { body[$0.value] }, outputTypes = body.outputs.map { body[$0.value] }
    let found = gradient.inputs.map { gradient[$0.value] },
      cotangents = gradient.outputs.map { gradient[$0.value] }
    if found != inputTypes + outputTypes + outputTypes || cotangents != inputTypes.filter(\.dtype.isFloat) {
      throw GraphError(
        operation: name, node: node,
        problem:
          "its gradient maps \(found) to \(cotangents), expected \(inputTypes + outputTypes + outputTypes)"
          + " to \(inputTypes.filter(\.dtype.isFloat))")
    }
  }
}
