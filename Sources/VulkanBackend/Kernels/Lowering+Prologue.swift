import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// What a kernel reads where memory has something else.
enum Prologue {
  /// A tensor of 16 bits, as f32.
  case narrow(Operand)
  /// What a cluster yields from operands that lie here.
  case cluster(Program, [Operand])
}

extension Lowering {
  /// A reduction and the cluster whose output it reduces, as one kernel where the reduction's first kernel can run it, else one after
  /// the other.
  mutating func lower(
    _ joined: PrologueRegion, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    let yielded = joined.clusterBody[joined.clusterBody.outputs[0].value]
    let operand = joined.body[joined.core.inputs[0]]
    prologues[.preceded] = .cluster(joined.clusterBody, inputs)
    defer { prologues[.preceded] = nil }
    let isLinked = try append(linking: [.preceded]) { lowering throws(VulkanError) in
      try lowering.lowerNode(joined.core.op, [Epilogue.result(operand, .preceded)], outputs)
    }
    if isLinked { return }
    let made = takeScratch(yielded)
    try pointwise(joined.clusterBody, inputs, [made])
    try lowerNode(joined.core.op, [made.reshaped(operand.shape)], outputs)
  }

  /// Whether `lower` has kernels that compute a cluster where they would read this operand.
  static func takesPrologue(_ op: Op, _ operand: TensorType) -> Bool {
    guard [.f32, .f16, .bf16].contains(operand.dtype), case .reduce = op else { return false }
    return true
  }
}
