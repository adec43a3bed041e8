import SfumatoGraph

/// Pointwise regions, and single pointwise nodes as regions of one.
extension Lowering {
  /// Launches the kernel generated for `body`, whose inputs and outputs lie in `inputs` and `outputs`.
  mutating func pointwise(_ body: Program, _ inputs: [Operand], _ outputs: [Operand]) throws(VulkanError) {
    guard let count = outputs.first?.type.count, count > 0 else { return }
    if !fits(inputs + outputs) { return try pointwiseInParts(body, inputs, outputs) }
    var bindings: [Binding] = []
    var operandBindings: [Int] = []
    var push = [try Lowering.word(count)]
    let accesses =
      inputs.map { (operand: $0, access: Access.read) } + outputs.map { (operand: $0, access: Access.write) }
    for (operand, access) in accesses {
      let (binding, offset) = try window(operand, access)
      push.append(UInt32(offset))
      // What lies on the same bytes is one binding, so that the driver sees that it is one.
      let known = bindings.firstIndex { $0.range == binding.range }
      if let known {
        if bindings[known].access != access { bindings[known].access = .readWrite }
        operandBindings.append(known)
      } else {
        operandBindings.append(bindings.count)
        bindings.append(binding)
      }
    }
    guard bindings.count <= limits.maxBindings, push.count <= 32 else {
      throw .unsupported("a pointwise kernel of \(bindings.count) tensors (\(limits.maxBindings) are)")
    }
    let kernel = PointwiseKernel(
      operandBindings: operandBindings, isWritten: bindings.map(\.access.writes), body: body,
      preservesSpecialFloats: limits.preservesSpecialFloats)
    append(
      .dispatch(
        Dispatch(
          kernel: Kernel(code: .generated(try kernel.words()), bindings: bindings.count), bindings: bindings,
          push: push, groups: (count + PointwiseKernel.localSize - 1) / PointwiseKernel.localSize,
          traffic: Lowering.traffic(accesses))))
  }

  /// In runs along the outermost axis of the outputs that is longer than 1.
  private mutating func pointwiseInParts(
    _ body: Program, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    let shape = outputs[0].type.shape
    guard let axis = shape.dimensions.firstIndex(where: { $0 > 1 }) else { return }
    let count = shape[axis]
    let largest = (inputs + outputs).map(\.range.count).max() ?? 0
    for run in try runs(count, bytes: largest, "a pointwise kernel") {
      var part = body
      for index in part.values.indices where part.values[index].shape[axis] == count {
        part.values[index].shape[axis] = run.count
      }
      // An operand that is repeated along the axis is read whole by each part.
      let parts = (inputs + outputs).map { $0.type.shape[axis] == count ? $0.part(run, axis: axis) : $0 }
      try pointwise(part, Array(parts.prefix(inputs.count)), Array(parts.suffix(outputs.count)))
    }
  }

  /// A body of one pointwise operation.
  static func body(_ op: Op, _ inputs: [TensorType], _ output: TensorType) -> Program {
    var body = Program(values: inputs + [output])
    body.inputs = inputs.indices.map { Port(name: String($0), value: ValueID($0)) }
    let result = ValueID(inputs.count)
    body.nodes = [Node(op: op, inputs: body.inputs.map(\.value), outputs: [result])]
    body.outputs = [Port(name: "0", value: result)]
    return body
  }
}
