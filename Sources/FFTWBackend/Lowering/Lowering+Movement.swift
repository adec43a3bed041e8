import CVectorKernels
import SfumatoBackend
import SfumatoGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Lowering {
  /// transpose, broadcast, slice, pad, concat: strided copies.
  func movement(_ node: Node) -> [Phase] {
    let input = program[node.inputs[0]], output = program[node.outputs[0]]
    let strides = input.shape.strides
    switch node.op {
    case .transpose(let permutation):
      return [copy(output.shape, permutation.map { strides[$0] }, output.shape.strides, node)]
    case .broadcast(let shape):
      return [copy(shape, BlockOperand.strides(of: input.shape, in: shape), shape.strides, node)]
    case .slice(let starts, _, let steps):
      let offset = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
      return [copy(output.shape, zip(strides, steps).map(*), output.shape.strides, node, fromOffset: offset)]
    case .pad(let low, _, let interior):
      let target = output.shape.strides
      let offset = zip(low, target).reduce(0) { $0 + $1.0 * $1.1 }
      let steps = zip(target, interior).map { $0 * ($1 + 1) }
      return [zeros(node.outputs[0]), copy(input.shape, strides, steps, node, toOffset: offset)]
    case .concat(let axis): return concat(axis, node)
    default: return []
    }
  }

  private func concat(_ axis: Int, _ node: Node) -> [Phase] {
    let target = program[node.outputs[0]].shape.strides
    var start = 0
    return node.inputs.indices.compactMap { index in
      let shape = program[node.inputs[index]].shape
      defer { start += shape[axis] }
      let offset = start * target[axis]
      // The plan may have placed this operand already.
      let place = plan[node.inputs[index]], whole = plan[node.outputs[0]]
      let byteSize = program[node.outputs[0]].dtype.byteSize
      if place.base == whole.base, place.byteOffset == whole.byteOffset + offset * byteSize { return nil }
      return copy(shape, shape.strides, target, node, input: index, toOffset: offset)
    }
  }

  func zeros(_ value: ValueID) -> Phase {
    let base = values[value]
    let pieces = Pieces(program[value].byteCount, grain: 1 << 18)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      memset(base + range.lowerBound, 0, range.count)
    }
  }

  /// Copies elements of `shape` between strides.
  private func copy(
    _ shape: Shape, _ from: [Int], _ to: [Int], _ node: Node, input: Int = 0, fromOffset: Int = 0,
    toOffset: Int = 0
  ) -> Phase {
    let size = program[node.outputs[0]].dtype.byteSize
    let source = UnsafeRawPointer(values[node.inputs[input]] + fromOffset * size)
    let target = values[node.outputs[0]] + toOffset * size
    if shape.count == 0 { return Phase(units: 0) { _, _ in } }
    let merged = MergedDimensions(shape.dimensions, [from, to])
    let tables = StridedCopyTable(merged.shape, merged.strides[0], merged.strides[1], elementSize: size)
    let outer = merged.shape.first ?? 1
    let pieces = Pieces(outer, grain: max(1, outer * (1 << 14) / shape.count))
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      tables.run(source, target, range)
    }
  }
}

/// A strided copy over any number of dimensions: what exceeds the kernel's limit is walked here.
struct StridedCopyTable {
  private var copy = StridedCopy()
  private var outer: [(extent: Int, from: Int, to: Int)] = []
  private let elementSize: Int

  init(_ shape: [Int], _ from: [Int], _ to: [Int], elementSize: Int) {
    self.elementSize = elementSize
    let limit = Int(BlockRankLimit)
    // The first dimension stays the one that work is split along.
    let inner =
      shape.count <= limit ? Array(shape.indices) : [0] + Array((shape.count - limit + 1)..<shape.count)
    if shape.count > limit {
      outer = (1..<(shape.count - limit + 1)).map { (shape[$0], from[$0], to[$0]) }
    }
    copy.rank = Int32(inner.count)
    copy.elementSize = Int32(elementSize)
    storeNumbers(inner.map { shape[$0] }, in: &copy.shape)
    storeNumbers(inner.map { from[$0] }, in: &copy.from)
    storeNumbers(inner.map { to[$0] }, in: &copy.to)
  }

  /// Copies the part `range` of the first dimension.
  func run(_ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ range: Range<Int>) {
    walk(0, from, to, range)
  }

  private func walk(
    _ level: Int, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ range: Range<Int>
  ) {
    if level == outer.count {
      withUnsafePointer(to: copy) {
        stridedCopy($0, from, to, Int64(range.lowerBound), Int64(range.upperBound))
      }
      return
    }
    let dimension = outer[level]
    for index in 0..<dimension.extent {
      walk(
        level + 1, from + index * dimension.from * elementSize, to + index * dimension.to * elementSize, range
      )
    }
  }
}

/// Writes numbers into a C array of 64-bit integers, which Swift sees as a tuple.
func storeNumbers<Tuple>(_ numbers: [Int], in tuple: inout Tuple) {
  withUnsafeMutableBytes(of: &tuple) { bytes in
    for (place, number) in zip(0..<bytes.count / 8, numbers) {
      bytes.storeBytes(of: Int64(number), toByteOffset: 8 * place, as: Int64.self)
    }
  }
}
