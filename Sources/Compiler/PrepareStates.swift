import SfumatoGraph

/// Moves what narrows states (weights in 16 bits, of which a step keeps f32) to the beginning.
///
/// Just before its use such a value would lie where other values have been, and a device would have to wait for these; at the
/// beginning all of them are computed side by side. It lives longer, but most of them are read on the way back, too.
public func prepareStates(_ program: Program) -> Program {
  // States, in whatever shape.
  var states = Set(program.states.map(\.input))
  var early: [Node] = [], rest: [Node] = []
  for node in program.nodes {
    guard !node.inputs.isEmpty, node.inputs.allSatisfy(states.contains) else {
      rest.append(node)
      continue
    }
    if case .reshape = node.op {
      states.formUnion(node.outputs)
      early.append(node)
    } else if node.op.isCluster, program.byteCount(node.outputs) < program.byteCount(node.inputs) {
      early.append(node)
    } else {
      rest.append(node)
    }
  }
  var rewriter = ProgramRewriter(program)
  for node in early + rest { rewriter.copy(node) }
  return rewriter.finish()
}

extension Op {
  fileprivate var isCluster: Bool {
    switch self {
    case .cast: true
    case .region(let region): region.isPointwise
    default: false
    }
  }
}

extension Program {
  fileprivate func byteCount(_ values: [ValueID]) -> Int { values.reduce(0) { $0 + self[$1].byteCount } }
}
