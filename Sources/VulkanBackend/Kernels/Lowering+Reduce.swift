import SfumatoGraph

/// Reductions and softmax.
extension Lowering {
  /// The most elements that one invocation takes in a row before a further level joins the partial results.
  static let longestRun = 256

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
    if !fits([x]) { return try reduceInParts(op, x, outer, length, inner, y) }
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

  /// The outer items in runs; a single one in runs of its length, whose results are reduced in turn.
  private mutating func reduceInParts(
    _ op: ReduceOp, _ x: Operand, _ outer: Int, _ length: Int, _ inner: Int, _ y: Operand
  ) throws(VulkanError) {
    if outer > 1 {
      let (x, y) = (x.reshaped([outer, length, inner]), y.reshaped([outer, inner]))
      let itemBytes = x.range.count / outer
      let items = itemBytes <= room ? try runs(outer, bytes: x.range.count, "a reduction") : nil
      for run in items ?? (0..<outer).map({ $0..<$0 + 1 }) {
        try reduceMiddle(op, x.part(run), run.count, length, inner, y.part(run))
      }
      return
    }
    let whole = x.reshaped([length, inner])
    let parts = try runs(length, bytes: x.range.count, "a reduction")
    if parts.count == length {
      // A binding shows one row only: row by row onto the result.
      let body = Lowering.body(.binary(op == .sum ? .add : .max), [y.type, y.type], y.type)
      copy(whole.part(0..<1).reshaped(y.type.shape), y)
      for row in 1..<length {
        try pointwise(body, [y, whole.part(row..<row + 1).reshaped(y.type.shape)], [y])
      }
      return
    }
    let partial = takeScratch(TensorType(x.type.dtype, [parts.count, inner]))
    for (number, run) in parts.enumerated() {
      try reduceMiddle(op, whole.part(run), 1, run.count, inner, partial.part(number..<number + 1))
    }
    try reduceMiddle(op, partial, 1, parts.count, inner, y)
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
    try overRows("softmax", [(x, .read), (y, .readWrite)])
  }

  mutating func softmaxGrad(_ y: Operand, _ dy: Operand, _ dx: Operand) throws(VulkanError) {
    try overRows("softmax_grad", [(y, .read), (dy, .read), (dx, .write)])
  }

  /// A kernel over the rows of a tensor: a workgroup a row, or an invocation a row where rows are short or
  /// barriers dear.
  private mutating func overRows(
    _ shader: String, _ operands: [(operand: Operand, access: Access)]
  ) throws(VulkanError) {
    let type = operands[0].operand.type
    guard type.count > 0, let width = type.shape.dimensions.last else { return }
    let rows = operands.map { $0.operand.reshaped([type.count / width, width]) }
    let accesses = operands.map(\.access)
    try overLeading(rows, shader) { lowering, parts throws(VulkanError) in
      let count = parts[0].type.shape[0]
      let bound = Array(zip(parts, accesses)).map { (operand: $0, access: $1) }
      if lowering.limits.isSoftware || width <= 32 {
        let size = lowering.limits.isSoftware ? 8 : 64
        try lowering.launch(
          shader, constants: [size], bound, push: [count, width], groups: (count + size - 1) / size)
      } else {
        try lowering.launch(shader + "_shared", bound, push: [count, width], groups: count)
      }
    }
  }
}
