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
    if case .region(let region) = op, let joined = PrologueRegion(region), !limits.has16BitStorage {
      guard joined.body.values.allSatisfy({ $0.dtype.byteSize == 4 }) else {
        throw .unsupported("16-bit storage (at \(joined.core.op.name) \(name))")
      }
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
    case .region(let region):
      if let joined = PrologueRegion(region) { return try lower(joined, inputs, outputs) }
      try inFloats(inputs, outputs) { lowering, inputs, outputs throws(VulkanError) in
        try lowering.lower(region, inputs, outputs)
      }
    case .reduce, .cumsum, .scatterAdd, .matmul, .conv, .convGradInput, .convGradWeight:
      try lowerArithmetic(op, inputs, y)
    }
  }

  /// Operations that add up: they compute on f32, unless matrix units multiply 16-bit operands.
  private mutating func lowerArithmetic(_ op: Op, _ inputs: [Operand], _ y: Operand) throws(VulkanError) {
    if usesMatrices(op, inputs, y) { return try add(op, inputs, y) }
    try inFloats(inputs, [y]) { lowering, inputs, outputs throws(VulkanError) in
      try lowering.add(op, inputs, outputs[0])
    }
  }

  private mutating func add(_ op: Op, _ inputs: [Operand], _ y: Operand) throws(VulkanError) {
    switch op {
    case .reduce(let op, let axes): try reduce(op, inputs[0], axes: axes, y)
    case .cumsum(let axis, let reversed): try cumsum(inputs[0], axis: axis, reversed: reversed, y)
    case .scatterAdd: try scatterAdd(inputs[0], inputs[1], y)
    case .matmul(let transposeA, let transposeB):
      try matmul(inputs[0], transposed: transposeA, inputs[1], transposed: transposeB, y)
    case .conv(let geometry): try conv(geometry, inputs[0], inputs[1], y)
    case .convGradInput(let geometry): try convGradInput(geometry, inputs[0], inputs[1], y)
    case .convGradWeight(let geometry): try convGradWeight(geometry, inputs[0], inputs[1], y)
    default: throw .unsupported("the operation \(op.name)")
    }
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

  mutating func widened(_ x: Operand) throws(VulkanError) -> Operand {
    guard x.type.dtype.byteSize == 2 else { return x }
    let wide = takeScratch(TensorType(.f32, x.type.shape))
    try cast(x, wide)
    return wide
  }

  mutating func cast(_ x: Operand, _ y: Operand) throws(VulkanError) {
    try pointwise(Lowering.body(.cast(y.type.dtype), [x.type], y.type), [x], [y])
  }
}
