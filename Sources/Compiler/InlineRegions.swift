import SfumatoGraph

/// Replaces each region for which `keep` is false by the nodes of its body, and so on inside bodies.
public func inlineRegions(_ program: Program, keep: (Region) -> Bool) -> Program {
  var rewriter = ProgramRewriter(program)
  for node in program.nodes {
    if case .region(let region) = node.op, !keep(region) {
      let results = expand(
        region.body, node.inputs.map(rewriter.mapped), prefix: node.name, keep: keep, into: &rewriter)
      for (old, new) in zip(node.outputs, results) { rewriter.replace(old, by: new) }
    } else {
      rewriter.copy(node)
    }
  }
  return rewriter.finish()
}

private func expand(
  _ body: Program, _ inputs: [ValueID], prefix: String, keep: (Region) -> Bool,
  into rewriter: inout ProgramRewriter
) -> [ValueID] {
  var map: [Int: ValueID] = [:]
  for (port, input) in zip(body.inputs, inputs) { map[port.value.index] = input }
  for node in body.nodes {
    let operands = node.inputs.compactMap { map[$0.index] }
    let name = [prefix, node.name].filter { !$0.isEmpty }.joined(separator: ".")
    let results: [ValueID]
    if case .region(let region) = node.op, !keep(region) {
      results = expand(region.body, operands, prefix: name, keep: keep, into: &rewriter)
    } else {
      results = rewriter.emit(node.op, operands, node.outputs.map { body[$0] }, name: name)
    }
    for (old, new) in zip(node.outputs, results) { map[old.index] = new }
  }
  return body.outputs.compactMap { map[$0.value.index] }
}
