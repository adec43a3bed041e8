import SfumatoGraph

/// Reductions and softmax.
extension Lowering {
  /// The most elements that one invocation takes in a row before a further level joins the partial results.
  private static let longestRun = 256

  mutating func reduce(_ op: ReduceOp, _ x: Operand, axes: [Int], _ y: Operand) throws(VulkanError) {
    // Runs of neighbouring reduced axes, the last one first; each is one reduction over a middle axis.
    var runs: [(outer: Int, length: Int, inner: Int)] = []
    var dimensions = x.type.shape.dimensions
    var axis = dimensions.count - 1
    while axis >= 0 {
      guard axes.contains(axis), dimensions[axis] != 1 else {
        axis -= 1
        continue
      }
      let last = axis
      while axis > 0, axes.contains(axis - 1) { axis -= 1 }
      runs.append(
        (
          dimensions[..<axis].reduce(1, *), dimensions[axis...last].reduce(1, *),
          dimensions[(last + 1)...].reduce(1, *)
        ))
      for reduced in axis...last { dimensions[reduced] = 1 }
      axis -= 1
    }
    guard let final = runs.indices.last else { return copy(x, y) }
    var current = x
    for (index, run) in runs.enumerated() {
      let type = TensorType(x.type.dtype, [run.outer * run.inner])
      let target = index == final ? y : takeScratch(type)
      try reduceMiddle(op, current, run.outer, run.length, run.inner, target)
      current = target
    }
  }

  /// [outer, length, inner] → [outer, inner], in levels of at most `longestRun` elements.
  mutating func reduceMiddle(
    _ op: ReduceOp, _ x: Operand, _ outer: Int, _ length: Int, _ inner: Int, _ y: Operand
  ) throws(VulkanError) {
    var current = x
    var length = length
    while true {
      let chunks = length <= Lowering.longestRun ? 1 : (length + 127) / 128
      let isLast = chunks == 1
      let target = isLast ? y : takeScratch(TensorType(x.type.dtype, [outer * chunks * inner]))
      let count = outer * chunks * inner
      try launch(
        try Lowering.shader(op, x.type.dtype), [(current, .read), (target, .write)],
        push: [count, length, inner, chunks], groups: Lowering.groups(count))
      if isLast { return }
      current = target
      length = chunks
    }
  }

  private static func shader(_ op: ReduceOp, _ dtype: DType) throws(VulkanError) -> String {
    switch (op, dtype) {
    case (.sum, .f32): "sum_f32"
    case (.sum, .i32), (.sum, .u32): "sum_i32"
    case (.max, .f32): "max_f32"
    case (.max, .i32): "max_i32"
    case (.max, .u32): "max_u32"
    default: throw .unsupported("a reduction over \(dtype)")
    }
  }

  mutating func softmax(_ x: Operand, _ y: Operand) throws(VulkanError) {
    try overRows("softmax", [(x, .read), (y, .readWrite)], x.type)
  }

  mutating func softmaxGrad(_ y: Operand, _ dy: Operand, _ dx: Operand) throws(VulkanError) {
    try overRows("softmax_grad", [(y, .read), (dy, .read), (dx, .write)], y.type)
  }

  /// A kernel over the rows of a tensor: a workgroup a row, or an invocation a row where rows are short or
  /// barriers dear.
  private mutating func overRows(
    _ shader: String, _ operands: [(operand: Operand, access: Access)], _ type: TensorType
  ) throws(VulkanError) {
    guard type.count > 0, let width = type.shape.dimensions.last else { return }
    let rows = type.count / width
    if limits.isSoftware || width <= 32 {
      let size = limits.isSoftware ? 8 : 64
      try launch(
        shader, constants: [size], operands, push: [rows, width], groups: (rows + size - 1) / size)
    } else {
      try launch(shader + "_shared", operands, push: [rows, width], groups: rows)
    }
  }
}
