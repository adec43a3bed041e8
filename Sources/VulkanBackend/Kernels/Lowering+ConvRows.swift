import SfumatoGraph

/// One image too large for a binding: its convolutions are carried out on runs of its rows, with as many rows of the
/// other side as the kernel reaches.
extension ConvGeometry {
  /// The convolution that yields the output rows `rows` alone, and the input rows that it reads; nil where it reads
  /// only padding.
  func yielding(_ rows: Range<Int>) -> (geometry: ConvGeometry, inputs: Range<Int>)? {
    let top = rows.lowerBound * strideH - padTop
    let low = max(0, top)
    let high = min(inputHeight, (rows.upperBound - 1) * strideH - padTop + kernelHeight)
    guard low < high else { return nil }
    var part = self
    part.inputHeight = high - low
    part.padTop = low - top
    part.padBottom = (rows.count - 1) * strideH + kernelHeight - part.padTop - part.inputHeight
    return (part, low..<high)
  }

  /// The convolution whose input is the rows `rows` alone, and the output rows that they reach; nil where they
  /// reach none, or where the kernel skips rows.
  func reaching(_ rows: Range<Int>) -> (geometry: ConvGeometry, outputs: Range<Int>)? {
    let first = rows.lowerBound + padTop - kernelHeight + 1
    let low = first <= 0 ? 0 : (first + strideH - 1) / strideH
    let high = min(outputHeight, (rows.upperBound - 1 + padTop) / strideH + 1)
    guard low < high, rows.lowerBound + padTop >= low * strideH else { return nil }
    var part = self
    part.inputHeight = rows.count
    part.padTop = rows.lowerBound + padTop - low * strideH
    part.padBottom = (high - low - 1) * strideH + kernelHeight - rows.count - part.padTop
    return (part, low..<high)
  }
}

extension Lowering {
  /// The two halves of a number of rows.
  private func halves(_ rows: Int, _ what: String) throws(VulkanError) -> [Range<Int>] {
    guard rows > 1 else {
      throw .unsupported("\(what) of one row (a binding shows \(limits.maxRange) bytes)")
    }
    return [0..<rows / 2, rows / 2..<rows]
  }

  mutating func convByRows(
    _ g: ConvGeometry, _ x: Operand, _ w: Operand, _ y: Operand
  ) throws(VulkanError) {
    for rows in try halves(g.outputHeight, "conv") {
      guard let (part, inputs) = g.yielding(rows) else { throw .unsupported("conv of padding alone") }
      try conv(part, x.part(inputs, axis: 1), w, y.part(rows, axis: 1))
    }
  }

  mutating func convGradInputByRows(
    _ g: ConvGeometry, _ dy: Operand, _ w: Operand, _ dx: Operand
  ) throws(VulkanError) {
    for rows in try halves(g.inputHeight, "convGradInput") {
      guard let (part, outputs) = g.reaching(rows) else {
        throw .unsupported("convGradInput with rows that reach no output")
      }
      try convGradInput(part, dy.part(outputs, axis: 1), w, dx.part(rows, axis: 1))
    }
  }

  mutating func convGradWeightByRows(
    _ g: ConvGeometry, _ x: Operand, _ dy: Operand, _ dw: Operand
  ) throws(VulkanError) {
    let parts = try halves(g.outputHeight, "convGradWeight")
    let partial = takeScratch(TensorType(.f32, [parts.count, dw.type.count]))
    for (number, rows) in parts.enumerated() {
      guard let (part, inputs) = g.yielding(rows) else {
        throw .unsupported("convGradWeight of padding alone")
      }
      try convGradWeight(
        part, x.part(inputs, axis: 1), dy.part(rows, axis: 1), partial.part(number..<number + 1))
    }
    try reduceMiddle(.sum, partial, 1, parts.count, dw.type.count, dw)
  }
}
