import SfumatoGraph
import SfumatoRandom

/// Calls `body` with every index of `shape`, in row-major order.
func forEachIndex(_ shape: Shape, _ body: ([Int]) -> Void) {
  guard shape.count > 0 else { return }
  var index = Array(repeating: 0, count: shape.rank)
  while true {
    body(index)
    var axis = shape.rank - 1
    while axis >= 0 {
      index[axis] += 1
      if index[axis] < shape[axis] { break }
      index[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}

private func offset(_ index: [Int], _ strides: [Int]) -> Int {
  zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
}

/// The elements at source index `base + Σ index · steps`, for every index of `shape`.
private func strided(_ x: [Double], base: Int, steps: [Int], shape: Shape) -> [Double] {
  var result: [Double] = []
  result.reserveCapacity(shape.count)
  forEachIndex(shape) { result.append(x[base + offset($0, steps)]) }
  return result
}

func transpose(_ x: Operand, _ permutation: [Int], _ shape: Shape) -> [Double] {
  strided(x.elements, base: 0, steps: permutation.map { x.shape.strides[$0] }, shape: shape)
}

func broadcast(_ x: Operand, _ shape: Shape) -> [Double] {
  let steps = zip(x.shape.dimensions, x.shape.strides).map { $0 == 1 ? 0 : $1 }
  return strided(x.elements, base: 0, steps: steps, shape: shape)
}

func slice(_ x: Operand, _ starts: [Int], _ strides: [Int], _ shape: Shape) -> [Double] {
  strided(
    x.elements, base: offset(starts, x.shape.strides), steps: zip(x.shape.strides, strides).map { $0 * $1 },
    shape: shape)
}

func pad(_ x: Operand, _ low: [Int], _ interior: [Int], _ shape: Shape) -> [Double] {
  var result = [Double](repeating: 0, count: shape.count)
  let steps = zip(shape.strides, interior).map { $0 * ($1 + 1) }
  let base = offset(low, shape.strides)
  var position = 0
  forEachIndex(x.shape) { index in
    result[base + offset(index, steps)] = x.elements[position]
    position += 1
  }
  return result
}

func concat(_ x: [Operand], _ axis: Int) -> [Double] {
  let outer = x[0].shape.dimensions[..<axis].reduce(1, *)
  var result: [Double] = []
  for row in 0..<outer {
    for operand in x {
      let length = operand.elements.count / max(outer, 1)
      result += operand.elements[row * length..<(row + 1) * length]
    }
  }
  return result
}

func reduce(_ op: ReduceOp, _ x: Operand, _ axes: [Int]) -> [Double] {
  let shape = x.shape.reducing(axes)
  var result = [Double](repeating: op == .sum ? 0 : -.infinity, count: shape.count)
  let steps = zip(shape.dimensions, shape.strides).map { $0 == 1 ? 0 : $1 }
  var position = 0
  forEachIndex(x.shape) { index in
    let target = offset(index, steps), value = x.elements[position]
    switch op {
    case .sum: result[target] = BinaryOp.add.evaluate(result[target], value, x.type.dtype)
    case .max where x.type.dtype.isFloat: result[target] = BinaryOp.max.evaluate(result[target], value, .f32)
    case .max: result[target] = max(result[target], value)
    }
    position += 1
  }
  return result
}

func cumsum(_ x: Operand, _ axis: Int, _ reversed: Bool) -> [Double] {
  var result = x.elements
  let length = x.shape[axis], step = x.shape.strides[axis]
  for position in result.indices {
    // The element before in the order of the sum.
    let index = reversed ? result.count - 1 - position : position
    let place = index / step % length
    if place == (reversed ? length - 1 : 0) { continue }
    let before = result[reversed ? index + step : index - step]
    result[index] = BinaryOp.add.evaluate(before, result[index], x.type.dtype)
  }
  return result
}

func gather(_ x: Operand, _ indices: Operand) -> [Double] {
  let rows = x.shape[0], length = x.shape.dimensions.dropFirst().reduce(1, *)
  return indices.elements.flatMap { index in
    let row = Int(index)
    return (0..<rows).contains(row)
      ? Array(x.elements[row * length..<(row + 1) * length]) : Array(repeating: 0, count: length)
  }
}

func scatterAdd(_ indices: Operand, _ updates: Operand, _ count: Int) -> [Double] {
  let length = updates.shape.dimensions.dropFirst().reduce(1, *)
  var result = [Double](repeating: 0, count: count * length)
  for (position, index) in indices.elements.enumerated() where (0..<count).contains(Int(index)) {
    for column in 0..<length {
      result[Int(index) * length + column] += updates.elements[position * length + column]
    }
  }
  return result
}

func randomBits(_ key: [Double], _ purpose: UInt32, _ bits: Int, _ shape: Shape) -> [Double] {
  let key = key.map { UInt64($0) }
  let stream = RandomStream(
    seed: key[0] | key[1] << 32, step: key[2] | key[3] << 32, purpose: Purpose(rawValue: purpose))
  let first = Int(key[4]) * shape.dimensions.dropFirst().reduce(1, *)
  return (0..<shape.count).map { Double(stream.word(first + $0) >> UInt32(32 - bits)) }
}
