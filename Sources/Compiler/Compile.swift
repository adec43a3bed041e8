import SfumatoGraph

/// Turns a traced program into one that a backend can compile: verified after every pass, and planned.
///
/// - Parameters:
///   - optimize: whether to fold, share and fuse; without it only regions are inlined.
///   - maxPointwiseOperands: the most tensors that one fused kernel may read and write.
///   - arenaPage: bytes of the pieces that the arena can be had in; nil for one.
///   - takesEpilogue: whether the backend's kernels for an operation also run the cluster of elementwise operations that follows,
///     given the result's type.
///   - takesPrologue: whether they run the cluster whose output is their operand, given the operand's type.
///   - supports: whether the backend has a kernel of its own for a region.
public func compile(
  _ program: Program, optimize: Bool = true, maxPointwiseOperands: Int = 16, arenaPage: Int? = nil,
  takesEpilogue: (Op, TensorType) -> Bool = { _, _ in false },
  takesPrologue: (Op, TensorType) -> Bool = { _, _ in false }, supports: (Region) -> Bool
) throws -> PlannedProgram {
  try program.verify()
  var current = inlineRegions(program, keep: supports)
  try current.verify()
  if optimize {
    for pass in [fold, eliminateCommonSubexpressions, eliminateDeadCode] {
      current = pass(current)
      try current.verify()
    }
    current = try fusePointwise(current, maxOperands: maxPointwiseOperands)
    try current.verify()
    current = fusePrologues(current, accepts: takesPrologue)
    try current.verify()
    current = fuseEpilogues(current, accepts: takesEpilogue)
    try current.verify()
    current = prepareStates(current)
    try current.verify()
  }
  current = eliminateDeadCode(current)
  try current.verify()
  return PlannedProgram(program: current, plan: try plan(current, arenaPage: arenaPage))
}
