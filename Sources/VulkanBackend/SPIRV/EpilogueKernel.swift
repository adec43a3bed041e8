import SfumatoGraph

/// A compiled shader whose results go through a cluster of elementwise operations instead of into memory: each store into its
/// result becomes a call of a generated function, which computes the cluster for that element and stores its outputs.
struct EpilogueKernel {
  /// The shader, by its variant's name.
  let shader: String
  /// The binding of its result, and how many it has; the cluster's follow.
  let resultBinding: Int
  let bindings: Int
  /// The cluster; see `Region.pointwise` for its form.
  let body: Program
  /// The input of `body` that is the shader's result, and what it is stored as when it is stored.
  let given: Int
  /// The buffer of each other operand, behind the shader's own; operands on the same bytes share one.
  let operandBindings: [Int?]
  let isWritten: [Bool]
  let preservesSpecialFloats: Bool

  /// The SPIR-V; nil where the shader does not store its result as floats that nothing reads again.
  ///
  /// The shader's place of a result must be the element's number; the cluster's operands begin where their buffers do.
  func words() throws(VulkanError) -> [UInt32]? {
    guard let code = EmbeddedShaders.byName[shader], let module = ShaderModule(code),
      let buffer = module.floatBuffer(binding: resultBinding)
    else { return nil }
    var emission = PointwiseEmission(
      ModuleBuilder(extending: module, preservesSpecialFloats: preservesSpecialFloats), body,
      bindings: operandBindings, isWritten: isWritten)
    emission.declareBuffers(firstBinding: bindings)
    let function = emission.module.beginFunction(width: buffer.width)
    let result = body.inputs[given].value
    for lane in 0..<buffer.width {
      var (element, value) = (function.element, function.value)
      if buffer.width > 1 {
        let width = emission.module.constant(UInt32(buffer.width))
        let first = emission.module.multiply(integers: function.element, width)
        element = emission.module.add(integers: first, emission.module.constant(UInt32(lane)))
        value = emission.module.emit(
          .compositeExtract, emission.module.float, words: [function.value.number, UInt32(lane)])
      }
      value = emission.module.round(value, to: body[result].dtype)
      try emission.emitElement(element, given: [result: value])
    }
    return module.linked(emission.module, function: function, storing: buffer)
  }
}
