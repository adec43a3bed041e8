import SfumatoGraph

extension Program {
  /// This program traced again, with `replace` asked for every node, those inside regions included; nil when it replaced
  /// nothing.
  ///
  /// - Parameter replace: the results of an operation on operands, or nil to leave it as it is.
  func retraced(_ replace: (Op, [Tensor]) throws -> [Tensor]?) throws -> Program? {
    var count = 0
    let program = try retraced(&count) { node, operands in try replace(node.op, operands) }
    return count > 0 ? program : nil
  }

  /// As `retraced`, for rules that look at a node's name.
  func retracedNodes(_ replace: (Node, [Tensor]) throws -> [Tensor]?) throws -> Program? {
    var count = 0
    let program = try retraced(&count, replace)
    return count > 0 ? program : nil
  }

  private func retraced(_ count: inout Int, _ replace: (Node, [Tensor]) throws -> [Tensor]?) throws -> Program
  {
    let builder = GraphBuilder()
    var map: [ValueID: Tensor] = [:]
    for port in inputs {
      map[port.value] = try builder.input(port.name, self[port.value].dtype, self[port.value].shape)
    }
    for port in states {
      map[port.input] = try builder.state(port.name, self[port.input].dtype, self[port.input].shape)
    }
    for node in nodes {
      let operands = node.inputs.compactMap { map[$0] }
      let results = try builder.within(node.name) { () throws -> [Tensor] in
        if let replaced = try replace(node, operands) {
          count += 1
          return replaced
        }
        guard case .region(let region) = node.op else { return try builder.applyAll(node.op, operands) }
        let body = try region.body.retraced(&count, replace)
        let copy = Region(
          name: region.name, version: region.version, attributes: region.attributes, body: body)
        return try builder.applyAll(.region(copy), operands)
      }
      for (value, tensor) in zip(node.outputs, results) { map[value] = tensor }
    }
    for port in states where port.output != port.input {
      if let tensor = map[port.output] { try builder.update(port.name, to: tensor) }
    }
    for port in outputs { if let tensor = map[port.value] { try builder.output(port.name, tensor) } }
    return try builder.finish()
  }
}
