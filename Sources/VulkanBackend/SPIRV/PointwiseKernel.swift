import SfumatoGraph

/// Generates the kernel of a pointwise region: one invocation an element reads every operand, computes the body in
/// f32 or on 32-bit words, and writes every output.
struct PointwiseKernel {
  /// The binding of each operand: the body's inputs, then its outputs. Operands on the same bytes share one.
  let operandBindings: [Int]
  /// Whether each binding is written.
  let isWritten: [Bool]
  /// The body; see `Region.pointwise` for its form.
  let body: Program
  /// Whether the device keeps NaN, ±inf and −0 when asked to.
  let preservesSpecialFloats: Bool

  /// Invocations of a workgroup.
  static let localSize = 64

  /// The SPIR-V. Push constants: the number of elements, then each operand's offset in elements.
  func words() throws(VulkanError) -> [UInt32] {
    var emission = PointwiseEmission(
      ModuleBuilder(preservesSpecialFloats: preservesSpecialFloats), body, bindings: operandBindings,
      isWritten: isWritten)
    emission.declareBuffers()
    let push = emission.pushConstants(1 + operandBindings.count)
    emission.offsets = Array(push[1...])
    let (group, lane) = emission.workgroup()
    let localSize = emission.module.constant(UInt32(PointwiseKernel.localSize))
    let first = emission.module.multiply(integers: group, localSize)
    let index = emission.module.add(integers: first, lane)
    try emission.emit(whereLess: index, than: push[0]) { inside throws(VulkanError) in
      try inside.emitElement(index)
    }
    emission.module.emit(.return, [])
    return emission.module.finish(localSize: UInt32(PointwiseKernel.localSize))
  }
}
