import SfumatoCompiler
import SfumatoGraph

extension Lowering {
  /// Appends the commands of one operation.
  ///
  /// - Parameter name: where it stands, for errors.
  mutating func lower(
    _ op: Op, _ inputs: [Operand], _ outputs: [Operand], at name: String = ""
  ) throws(VulkanError) {
    beginOperation()
    if case .region(let region) = op, let joined = EpilogueRegion(region) {
      guard limits.has16BitStorage || joined.body.values.allSatisfy({ $0.dtype.byteSize == 4 }) else {
        throw .unsupported("16-bit storage (at \(joined.core.op.name) \(name))")
      }
      return try lower(joined, inputs, outputs)
    }
    guard limits.has16BitStorage || (inputs + outputs).allSatisfy({ $0.type.dtype.byteSize == 4 }) else {
      throw .unsupported("16-bit storage (at \(op.name) \(name))")
    }
    try lowerNode(op, inputs, outputs)
  }

  /// Appends the commands of an operation, part perhaps of what `lower` was asked for.
  mutating func lowerNode(_ op: Op, _ inputs: [Operand], _ outputs: [Operand]) throws(VulkanError) {
    let y = outputs[0]
    switch op {
    case .constant: return
    case .unary, .binary, .select, .cast:
      try pointwise(Lowering.body(op, inputs.map(\.type), y.type), inputs, outputs)
    case .reshape, .stopGradient: copy(inputs[0], y)
    case .transpose(let permutation): try transpose(inputs[0], permutation, y)
    case .broadcast: try broadcast(inputs[0], y)
    case .slice(let starts, _, let strides): try slice(inputs[0], starts, strides, y)
    case .concat(let axis): try concat(inputs, axis: axis, y)
    case .pad(let low, _, let interior): try pad(inputs[0], low: low, interior: interior, y)
    case .gather: try gather(inputs[0], inputs[1], y)
    case .iota(let axis, _): try iota(axis: axis, y)
    case .randomBits(let purpose, let bits, _):
      try randomBits(inputs[0], purpose: purpose, bits: bits, y)
    case .region(let region) where region.isPointwise: try pointwise(region.body, inputs, outputs)
    case .region(let region): try lowerWidened(region, inputs, outputs)
    default: try lowerArithmetic(op, inputs, y)
    }
  }

  /// Operations that add up: they compute on f32, 16-bit operands are widened and the result rounded.
  private mutating func lowerArithmetic(_ op: Op, _ inputs: [Operand], _ y: Operand) throws(VulkanError) {
    let areMatrices = usesMatrices(op, inputs, y)
    var wide = inputs
    if !areMatrices {
      for index in wide.indices { wide[index] = try widened(wide[index]) }
    }
    let result =
      y.type.dtype.byteSize == 2 && !areMatrices ? takeScratch(TensorType(.f32, y.type.shape)) : y
    switch op {
    case .reduce(let op, let axes): try reduce(op, wide[0], axes: axes, result)
    case .scatterAdd: try scatterAdd(wide[0], wide[1], result)
    case .matmul(let transposeA, let transposeB):
      try matmul(wide[0], transposed: transposeA, wide[1], transposed: transposeB, result)
    case .conv(let geometry): try conv(geometry, wide[0], wide[1], result)
    case .convGradInput(let geometry): try convGradInput(geometry, wide[0], wide[1], result)
    case .convGradWeight(let geometry): try convGradWeight(geometry, wide[0], wide[1], result)
    default: throw .unsupported("the operation \(op.name)")
    }
    if result != y { try cast(result, y) }
  }

  /// Regions have kernels for f32: 16-bit operands are widened and results rounded.
  private mutating func lowerWidened(
    _ region: Region, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    var wide: [Operand] = []
    for input in inputs { wide.append(try widened(input)) }
    let results = outputs.map {
      $0.type.dtype.byteSize == 2 ? takeScratch(TensorType(.f32, $0.type.shape)) : $0
    }
    try lower(region, wide, results)
    for (result, output) in zip(results, outputs) where result != output { try cast(result, output) }
  }

  private mutating func lower(
    _ region: Region, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    switch region.name {
    case "softmax": try softmax(inputs[0], outputs[0])
    case "softmaxGrad": try softmaxGrad(inputs[0], inputs[1], outputs[0])
    case "groupNorm":
      guard let geometry = NormGeometry(region) else { throw .unsupported("this groupNorm") }
      try groupNorm(geometry, inputs[0], inputs[1], inputs[2], outputs[0])
    case "groupNormGrad":
      guard let geometry = NormGeometry(region) else { throw .unsupported("this groupNormGrad") }
      // Without an activation the gradient needs no bias and gets none; its place is filled by the scale, unread.
      try groupNormGrad(
        geometry, inputs[0], inputs[1], inputs.count > 3 ? inputs[3] : inputs[1], inputs[2], outputs[0],
        outputs[1], outputs[2])
    case "attention", "attentionGrad":
      guard let geometry = AttentionGeometry(region) else { throw .unsupported("this attention") }
      if region.name == "attention" {
        try attention(geometry, inputs[0], inputs[1], inputs[2], outputs[0])
      } else {
        try attentionGrad(geometry, inputs, outputs)
      }
    default: throw .unsupported("the region \(region.name)")
    }
  }

  /// Whether `lower` has kernels for a region; others are replaced by their bodies before planning.
  static func supports(_ region: Region) -> Bool {
    if region.isPointwise { return true }
    guard region.version == 1 else { return false }
    switch region.name {
    case "softmax", "softmaxGrad": return true
    case "groupNorm", "groupNormGrad": return NormGeometry(region) != nil
    case "attention", "attentionGrad": return AttentionGeometry(region) != nil
    default: return false
    }
  }

  private mutating func widened(_ x: Operand) throws(VulkanError) -> Operand {
    guard x.type.dtype.byteSize == 2 else { return x }
    let wide = takeScratch(TensorType(.f32, x.type.shape))
    try cast(x, wide)
    return wide
  }

  mutating func cast(_ x: Operand, _ y: Operand) throws(VulkanError) {
    try pointwise(Lowering.body(.cast(y.type.dtype), [x.type], y.type), [x], [y])
  }
}
