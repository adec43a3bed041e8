import SfumatoBackend
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

    /// How many elements of the source are read; some of them again and again.
    var sourceCount: Int { zip(extents, sourceStrides).reduce(1) { $1.1 == 0 ? $0 : $0 * $1.0 } }

    /// The number of elements from the first to the last one walked over, both included.
    static func span(_ extents: [Int], _ strides: [Int]) -> Int {
      zip(extents, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// The walk over the first and over the second half of an axis, and where on the axis each begins.
    func halves(_ axis: Int) -> [(walk: Walk, first: Int)] {
      let middle = extents[axis] / 2
      return [(0, middle), (middle, extents[axis] - middle)].map { first, count in
        var extents = extents
        extents[axis] = count
        return (Walk(extents, sourceStrides, targetStrides), first)
      }
    }

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
    let size = x.type.dtype.byteSize
    let source = x.span(from: sourceFirst, count: Walk.span(walk.extents, walk.sourceStrides))
    let target = y.span(from: targetFirst, count: Walk.span(walk.extents, walk.targetStrides))
    if walk.isContiguous { return append(.copy(from: source.range, to: target.range)) }
    if !fits([source, target]) || walk.extents.count > 6 {
      // In two halves, along the axis on which the side that is too large moves furthest.
      let strides = source.range.count > target.range.count ? walk.sourceStrides : walk.targetStrides
      let axis =
        walk.extents.indices.filter { walk.extents[$0] > 1 }
        .max { strides[$0] * (walk.extents[$0] - 1) < strides[$1] * (walk.extents[$1] - 1) } ?? 0
      for (half, first) in walk.halves(axis) {
        try copy(
          half, x, sourceFirst + first * walk.sourceStrides[axis], y,
          targetFirst + first * walk.targetStrides[axis])
      }
      return
    }
    var push = [walk.count]
    for numbers in [walk.extents, walk.sourceStrides, walk.targetStrides] {
      push += numbers + Array(repeating: 0, count: 6 - numbers.count)
    }
    try launch(
      size == 2 ? "copy_16" : "copy", constants: [walk.extents.count], [(source, .read), (target, .write)],
      push: push, groups: Lowering.groups(walk.count),
      traffic: MemoryTraffic(read: walk.sourceCount * size, written: walk.count * size))
  }

  mutating func pad(
    _ x: Operand, low: [Int], interior: [Int], _ y: Operand
  ) throws(VulkanError) {
    guard fits([x, y]) else {
      try zero(y)
      let strides = y.type.shape.strides
      let first = zip(low, strides).reduce(0) { $0 + $1.0 * $1.1 }
      let steps = zip(strides, interior).map { $0 * ($1 + 1) }
      return try copy(Walk(x.type.shape.dimensions, x.type.shape.strides, steps), x, 0, y, first)
    }
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

  /// Zeros, a whole word at a time.
  mutating func zero(_ y: Operand) throws(VulkanError) {
    guard y.range.offset % 4 == 0, y.range.count % 4 == 0 else {
      throw .unsupported("clearing half of a word for \(y.type)")
    }
    if y.range.count > 0 { append(.zero(y.range)) }
  }

  mutating func gather(_ x: Operand, _ indices: Operand, _ y: Operand) throws(VulkanError) {
    let width = y.type.shape.dimensions.dropFirst().reduce(1, *)
    try overLeading([indices, y], "gather") { lowering, parts throws(VulkanError) in
      try lowering.launch(
        x.type.dtype.byteSize == 2 ? "gather_16" : "gather",
        [(x, .read), (parts[0], .read), (parts[1], .write)],
        push: [parts[1].type.count, x.type.shape[0], width], groups: Lowering.groups(parts[1].type.count),
        traffic: MemoryTraffic(
          read: parts[0].range.count + parts[1].range.count, written: parts[1].range.count))
    }
  }

  mutating func scatterAdd(_ indices: Operand, _ updates: Operand, _ y: Operand) throws(VulkanError) {
    let width = y.type.shape.dimensions.dropFirst().reduce(1, *)
    try launch(
      "scatter_f32", [(indices, .read), (updates, .read), (y, .write)],
      push: [y.type.count, indices.type.count, width], groups: Lowering.groups(y.type.count))
  }

  mutating func iota(axis: Int, _ y: Operand) throws(VulkanError) {
    let shape = y.type.shape
    for run in try runs(y.type.count, bytes: y.range.count, "iota") {
      try launch(
        "iota", [(y.reshaped([y.type.count]).part(run), .write)],
        push: [run.count, shape.strides[axis], shape[axis], run.lowerBound],
        groups: Lowering.groups(run.count))
    }
  }

  mutating func randomBits(
    _ key: Operand, purpose: UInt32, bits: Int, _ y: Operand
  ) throws(VulkanError) {
    let rowSize = y.type.shape.dimensions.dropFirst().reduce(1, *)
    for run in try runs(y.type.count, bytes: y.range.count, "randomBits") {
      try launch(
        "philox", [(key, .read), (y.reshaped([y.type.count]).part(run), .write)],
        push: [run.count, rowSize, Int(purpose), 32 - bits, run.lowerBound],
        groups: Lowering.groups(run.count))
    }
  }
}

extension Operand {
  /// `count` elements from element `first` on.
  fileprivate func span(from first: Int, count: Int) -> Operand {
    let size = type.dtype.byteSize
    let range = ByteRange(buffer: range.buffer, offset: range.offset + first * size, count: count * size)
    return Operand(range: range, type: TensorType(type.dtype, [count]))
  }
}
