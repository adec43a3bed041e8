/// Extents with the strides of several tensors that are walked together: extents of 1 are dropped, and neighbours through
/// which every tensor runs on evenly are merged.
struct MergedDimensions {
  private(set) var shape: [Int] = []
  /// Strides by tensor.
  private(set) var strides: [[Int]]

  init(_ extents: [Int], _ strides: [[Int]]) {
    self.strides = strides.map { _ in [] }
    for axis in extents.indices where extents[axis] != 1 {
      let last = shape.count - 1
      let continues =
        last >= 0
        && strides.indices.allSatisfy { self.strides[$0][last] == strides[$0][axis] * extents[axis] }
      if continues {
        shape[last] *= extents[axis]
        for tensor in strides.indices { self.strides[tensor][last] = strides[tensor][axis] }
      } else {
        shape.append(extents[axis])
        for tensor in strides.indices { self.strides[tensor].append(strides[tensor][axis]) }
      }
    }
  }
}
