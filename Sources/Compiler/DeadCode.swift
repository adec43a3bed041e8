import SfumatoGraph

/// Drops nodes that no output and no outgoing state depends on. Inputs and states stay.
public func eliminateDeadCode(_ program: Program) -> Program {
  var isNeeded = [Bool](repeating: false, count: program.values.count)
  for value in program.results { isNeeded[value.index] = true }
  var kept: [Node] = []
  for node in program.nodes.reversed() where node.outputs.contains(where: { isNeeded[$0.index] }) {
    for input in node.inputs { isNeeded[input.index] = true }
    kept.append(node)
  }
  var rewriter = ProgramRewriter(program)
  for node in kept.reversed() { rewriter.copy(node) }
  return rewriter.finish()
}
