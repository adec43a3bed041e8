import SfumatoGraph

/// Computes equal operations on equal operands once. Every primitive is a pure function (random bits are keyed), so
/// this holds for all of them.
public func eliminateCommonSubexpressions(_ program: Program) -> Program {
  struct Key: Hashable {
    var op: Op
    var inputs: [ValueID]
  }
  var rewriter = ProgramRewriter(program)
  var seen: [Key: [ValueID]] = [:]
  for node in program.nodes {
    let key = Key(op: node.op, inputs: node.inputs.map(rewriter.mapped))
    if let known = seen[key] {
      for (old, new) in zip(node.outputs, known) { rewriter.replace(old, by: new) }
    } else {
      rewriter.copy(node)
      seen[key] = node.outputs.map(rewriter.mapped)
    }
  }
  return rewriter.finish()
}
