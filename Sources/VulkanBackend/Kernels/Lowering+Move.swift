import SfumatoGraph

/// Operations that move elements.
extension Lowering {
  /// A walk over a box: its extents, and how far the source and the target move along each axis.
  private struct Walk {
    var extents: [Int] = []
    var sourceStrides: [Int] = []
    var targetStrides: [Int] = []

    /// Drops axes of extent 1 and joins neighbours that both sides walk as one.
    init(_ extents: [Int], _ sourceStrides: [Int], _ targetStrides: [Int]) {
      for axis in extents.indices where extents[axis] != 1 {
        if let last = self.extents.indices.last,
          self.sourceStrides[last] == sourceStrides[axis] * extents[axis],
          self.targetStrides[last] == targetStrides[axis] * extents[axis]
        {
          self.extents[last] *= extents[axis]
          self.sourceStrides[last] = sourceStrides[axis]
          self.targetStrides[last] = targetStrides[axis]
        } else {
          self.extents.append(extents[axis])
          self.sourceStrides.append(sourceStrides[axis])
          self.targetStrides.append(targetStrides[axis])
        }
      }
      if self.extents.isEmpty {
        self.extents = [1]
        self.sourceStrides = [1]
        self.targetStrides = [1]
      }
    }

    var count: Int { extents.reduce(1, *) }
    var isContiguous: Bool { extents.count == 1 && sourceStrides[0] == 1 && targetStrides[0] == 1 }
  }

  mutating func transpose(_ x: Operand, _ permutation: [Int], _ y: Operand) throws(VulkanError) {
    let strides = x.type.shape.strides
    try copy(
      Walk(y.type.shape.dimensions, permutation.map { strides[$0] }, y.type.shape.strides), x, 0, y, 0)
  }

  mutating func broadcast(_ x: Operand, _ y: Operand) throws(VulkanError) {
    let shape = x.type.shape
    let strides = zip(shape.dimensions, shape.strides).map { $0 == 1 ? 0 : $1 }
    try copy(Walk(y.type.shape.dimensions, strides, y.type.shape.strides), x, 0, y, 0)
  }

  mutating func slice(_ x: Operand, _ starts: [Int], _ strides: [Int], _ y: Operand) throws(VulkanError) {
    let own = x.type.shape.strides
    let first = zip(starts, own).reduce(0) { $0 + $1.0 * $1.1 }
    try copy(
      Walk(y.type.shape.dimensions, zip(own, strides).map { $0 * $1 }, y.type.shape.strides), x, first, y, 0)
  }

  /// Copies those operands that do not lie in the result already.
  mutating func concat(_ operands: [Operand], axis: Int, _ y: Operand) throws(VulkanError) {
    let strides = y.type.shape.strides
    var first = 0
    for x in operands {
      let place = y.range.offset + first * y.type.dtype.byteSize
      if x.range.buffer != y.range.buffer || x.range.offset != place {
        try copy(Walk(x.type.shape.dimensions, x.type.shape.strides, strides), x, 0, y, first)
      }
      first += x.type.shape[axis] * strides[axis]
    }
  }

  /// The same elements, in the same order.
  mutating func copy(_ x: Operand, _ y: Operand) {
    guard x.range != y.range, x.range.count > 0 else { return }
    append(.copy(from: x.range, to: y.range))
  }

  private mutating func copy(
    _ walk: Walk, _ x: Operand, _ sourceFirst: Int, _ y: Operand, _ targetFirst: Int
  ) throws(VulkanError) {
    guard walk.count > 0 else { return }
    if walk.isContiguous {
      let size = x.type.dtype.byteSize
      let from = ByteRange(
        buffer: x.range.buffer, offset: x.range.offset + sourceFirst * size, count: walk.count * size)
      let to = ByteRange(
        buffer: y.range.buffer, offset: y.range.offset + targetFirst * size, count: walk.count * size)
      return append(.copy(from: from, to: to))
    }
    guard walk.extents.count <= 6 else {
      throw .unsupported("moving \(x.type) in \(walk.extents.count) separate axes (6 are)")
    }
    let (source, sourceOffset) = try window(x, .read)
    let (target, targetOffset) = try window(y, .write)
    var push = [sourceOffset + sourceFirst, targetOffset + targetFirst, walk.count]
    for numbers in [walk.extents, walk.sourceStrides, walk.targetStrides] {
      push += numbers + Array(repeating: 0, count: 6 - numbers.count)
    }
    var words: [UInt32] = []
    for number in push { words.append(try Lowering.word(number)) }
    let shader = x.type.dtype.byteSize == 2 ? "copy_16" : "copy"
    let kernel = Kernel(
      code: .embedded(shader), constants: [UInt32(walk.extents.count)], bindings: 2)
    append(
      .dispatch(
        Dispatch(
          kernel: kernel, bindings: [source, target], push: words, groups: Lowering.groups(walk.count))))
  }

  mutating func pad(
    _ x: Operand, low: [Int], interior: [Int], _ y: Operand
  ) throws(VulkanError) {
    guard x.type.count > 0 else { return zero(y) }
    // Neighbouring axes without padding walk as one; an axis of extent 1 and no padding vanishes.
    var axes: [(target: Int, source: Int, low: Int, step: Int)] = []
    var isPlain = false
    for axis in 0..<y.type.shape.rank {
      let (target, source) = (y.type.shape[axis], x.type.shape[axis])
      if target == source {
        if isPlain, let last = axes.indices.last {
          axes[last].target *= target
          axes[last].source *= source
        } else {
          axes.append((target, source, 0, 1))
        }
        isPlain = true
      } else {
        axes.append((target, source, low[axis], interior[axis] + 1))
        isPlain = false
      }
    }
    guard axes.count <= 6 else { throw .unsupported("padding \(x.type) along \(axes.count) axes (6 are)") }
    var push = [y.type.count]
    for numbers in [axes.map(\.target), axes.map(\.source), axes.map(\.low), axes.map(\.step)] {
      push += numbers + Array(repeating: 1, count: 6 - numbers.count)
    }
    try launch(
      x.type.dtype.byteSize == 2 ? "pad_16" : "pad", constants: [axes.count], [(x, .read), (y, .write)],
      push: push, groups: Lowering.groups(y.type.count))
  }

  mutating func zero(_ y: Operand) {
    if y.range.count > 0 { append(.zero(y.range)) }
  }

  mutating func gather(_ x: Operand, _ indices: Operand, _ y: Operand) throws(VulkanError) {
    let width = y.type.shape.dimensions.dropFirst().reduce(1, *)
    try launch(
      x.type.dtype.byteSize == 2 ? "gather_16" : "gather", [(x, .read), (indices, .read), (y, .write)],
      push: [y.type.count, x.type.shape[0], width], groups: Lowering.groups(y.type.count))
  }

  mutating func scatterAdd(_ indices: Operand, _ updates: Operand, _ y: Operand) throws(VulkanError) {
    let width = y.type.shape.dimensions.dropFirst().reduce(1, *)
    try launch(
      "scatter_f32", [(indices, .read), (updates, .read), (y, .write)],
      push: [y.type.count, indices.type.count, width], groups: Lowering.groups(y.type.count))
  }

  mutating func iota(axis: Int, _ y: Operand) throws(VulkanError) {
    let shape = y.type.shape
    try launch(
      "iota", [(y, .write)], push: [y.type.count, shape.strides[axis], shape[axis]],
      groups: Lowering.groups(y.type.count))
  }

  mutating func randomBits(
    _ key: Operand, purpose: UInt32, bits: Int, _ y: Operand
  ) throws(VulkanError) {
    let rowSize = y.type.shape.dimensions.dropFirst().reduce(1, *)
    try launch(
      "philox", [(key, .read), (y, .write)], push: [y.type.count, rowSize, Int(purpose), 32 - bits],
      groups: Lowering.groups(y.type.count))
  }
}
