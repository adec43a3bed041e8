import SfumatoGraph

/// Operations on tensors larger than one binding may be: they are carried out in parts, along the leading axis, whose
/// parts lie contiguously.
extension Operand {
  /// The same elements in another shape.
  func reshaped(_ shape: Shape) -> Operand {
    Operand(range: range, type: TensorType(type.dtype, shape))
  }

  /// The items `part` along `axis`, before which all extents must be 1.
  func part(_ part: Range<Int>, axis: Int = 0) -> Operand {
    var type = type
    type.shape[axis] = part.count
    let itemBytes = type.shape.dimensions[(axis + 1)...].reduce(type.dtype.byteSize, *)
    let range = ByteRange(
      buffer: range.buffer, offset: range.offset + part.lowerBound * itemBytes, count: part.count * itemBytes)
    return Operand(range: range, type: type)
  }
}

extension Lowering {
  /// `KernelLimits.room`.
  var room: Int { limits.room }

  func fits(_ operands: [Operand]) -> Bool { operands.allSatisfy { $0.range.count <= room } }

  /// `count` items cut into as few runs as let `count` items of `bytes` bytes in all fit a binding.
  func runs(_ count: Int, bytes: Int, _ what: String) throws(VulkanError) -> [Range<Int>] {
    let itemBytes = bytes / max(1, count)
    guard itemBytes <= room else {
      throw .unsupported("\(what): one item of \(itemBytes) bytes (a binding shows \(limits.maxRange))")
    }
    let length = max(1, room / max(1, itemBytes))
    return stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
  }

  /// Calls `body` with parts of the operands, all of which lead with the same extent, so that each fits a binding; or
  /// with single items where not even one fits, for `body` to cut further.
  mutating func overLeading(
    _ operands: [Operand], _ what: String,
    _ body: (inout Lowering, [Operand]) throws(VulkanError) -> Void
  ) throws(VulkanError) {
    guard let count = operands.first?.type.shape[0], !fits(operands) else { return try body(&self, operands) }
    let largest = operands.map(\.range.count).max() ?? 0
    let isDivisible = count > 1 && largest / count > room
    let parts = isDivisible ? (0..<count).map { $0..<$0 + 1 } : try runs(count, bytes: largest, what)
    for run in parts {
      try body(&self, operands.map { $0.part(run) })
    }
  }
}
