import SfumatoGraph

/// How the outputs of a matrix product are cut into workgroups.
private struct Tiling {
  var tilesM: Int
  var tilesN: Int
  /// The shader's name ends so.
  var suffix: String
  var constants: [Int]

  /// 64 × 64 outputs a workgroup of 128 invocations that share memory; on a software device 16 × 64 outputs, or
  /// fewer where the product is narrow, for 8 lanes without barriers (measured on lavapipe: four times faster).
  init(_ m: Int, _ n: Int, _ limits: KernelLimits) {
    func cut(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
    guard limits.isSoftware else {
      (tilesM, tilesN, suffix, constants) = (cut(m, 64), cut(n, 64), "", [])
      return
    }
    let columns = [1, 2, 4].first { 8 * $0 >= n } ?? 8
    let rows = columns < 4 ? 32 : 16
    (tilesM, tilesN) = (cut(m, rows), cut(n, 8 * columns))
    suffix = "_wide"
    constants = [rows, columns]
  }

  var count: Int { tilesM * tilesN }
}

/// Matrix products and convolutions.
extension Lowering {
  mutating func matmul(
    _ a: Operand, transposed transposeA: Bool, _ b: Operand, transposed transposeB: Bool, _ c: Operand
  ) throws(VulkanError) {
    let shape = c.type.shape
    let (m, n) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let k = a.type.shape[shape.rank - (transposeA ? 2 : 1)]
    guard c.type.count > 0 else { return }
    let batch = c.type.count / (m * n)
    if !fits([a, b, c]) {
      return try multiplyInParts(
        a.reshaped(transposeA ? [batch, k, m] : [batch, m, k]), transposeA,
        b.reshaped(transposeB ? [batch, n, k] : [batch, k, n]), transposeB, c.reshaped([batch, m, n]))
    }
    let tiling = Tiling(m, n, limits)
    let workgroups = batch * tiling.count
    try launch(
      "matmul_" + (transposeA ? "t" : "n") + (transposeB ? "t" : "n") + tiling.suffix,
      constants: tiling.constants, [(a, .read), (b, .read), (c, .write)],
      push: [workgroups, m, n, k, tiling.tilesM, tiling.tilesN], groups: workgroups)
  }

  /// Operands too large for a binding: batch by batch; a single product in runs of its rows, or, where the rows
  /// of A do not lie contiguously, of its depth.
  private mutating func multiplyInParts(
    _ a: Operand, _ transposeA: Bool, _ b: Operand, _ transposeB: Bool, _ c: Operand
  ) throws(VulkanError) {
    let (batch, m, n) = (c.type.shape[0], c.type.shape[1], c.type.shape[2])
    if batch > 1 {
      let largest = [a, b, c].map(\.range.count).max() ?? 0
      let items = largest / batch <= room ? try runs(batch, bytes: largest, "matmul") : nil
      for run in items ?? (0..<batch).map({ $0..<$0 + 1 }) {
        try matmul(a.part(run), transposed: transposeA, b.part(run), transposed: transposeB, c.part(run))
      }
    } else if !transposeA {
      let (a, c) = (a.reshaped([m, a.type.count / m]), c.reshaped([m, n]))
      let b = b.reshaped(Shape(Array(b.type.shape.dimensions.dropFirst())))
      guard fits([b]), m > 1 else { throw .unsupported("a product with an operand of \(b.type)") }
      try overLeading([a, c], "matmul") { lowering, parts throws(VulkanError) in
        try lowering.matmul(parts[0], transposed: false, b, transposed: transposeB, parts[1])
      }
    } else {
      let k = a.type.shape[1]
      guard !transposeB, fits([c]), k > 1 else { throw .unsupported("a transposed product of \(a.type)") }
      let (a, b) = (a.reshaped([k, m]), b.reshaped([k, n]))
      let parts = try runs(k, bytes: max(a.range.count, b.range.count), "matmul")
      let partial = takeScratch(TensorType(.f32, [parts.count, m, n]))
      for (number, run) in parts.enumerated() {
        let target = partial.part(number..<number + 1).reshaped([m, n])
        try matmul(a.part(run), transposed: true, b.part(run), transposed: false, target)
      }
      try reduceMiddle(.sum, partial, 1, parts.count, m * n, c)
    }
  }

  private static func push(_ g: ConvGeometry, batch: Int) -> [Int] {
    [
      batch, g.inputHeight, g.inputWidth, g.outputHeight, g.outputWidth, g.kernelHeight, g.kernelWidth,
      g.inChannels / g.groups, g.outChannels / g.groups, g.groups, g.strideH, g.strideW, g.padTop, g.padLeft,
    ]
  }

  mutating func conv(_ g: ConvGeometry, _ x: Operand, _ w: Operand, _ y: Operand) throws(VulkanError) {
    if !fits([x, y]) {
      if x.type.shape[0] == 1 { return try convByRows(g, x, w, y) }
      return try overLeading([x, y], "conv") { lowering, parts throws(VulkanError) in
        try lowering.conv(g, parts[0], w, parts[1])
      }
    }
    let batch = x.type.shape[0]
    guard batch > 0 else { return }
    let tiling = Tiling(batch * g.outputHeight * g.outputWidth, g.outChannels / g.groups, limits)
    let workgroups = tiling.count * g.groups
    try launch(
      "conv_forward" + tiling.suffix, constants: tiling.constants, [(x, .read), (w, .read), (y, .write)],
      push: [workgroups, tiling.tilesM, tiling.tilesN] + Lowering.push(g, batch: batch), groups: workgroups)
  }

  mutating func convGradInput(
    _ g: ConvGeometry, _ dy: Operand, _ w: Operand, _ dx: Operand
  ) throws(VulkanError) {
    if !fits([dy, dx]) {
      if dy.type.shape[0] == 1 { return try convGradInputByRows(g, dy, w, dx) }
      return try overLeading([dy, dx], "convGradInput") { lowering, parts throws(VulkanError) in
        try lowering.convGradInput(g, parts[0], w, parts[1])
      }
    }
    let batch = dy.type.shape[0]
    guard batch > 0 else { return }
    let tiling = Tiling(batch * g.inputHeight * g.inputWidth, g.inChannels / g.groups, limits)
    let workgroups = tiling.count * g.groups
    try launch(
      "conv_grad_input" + tiling.suffix, constants: tiling.constants,
      [(dy, .read), (w, .read), (dx, .write)],
      push: [workgroups, tiling.tilesM, tiling.tilesN] + Lowering.push(g, batch: batch), groups: workgroups)
  }

  mutating func convGradWeight(
    _ g: ConvGeometry, _ x: Operand, _ dy: Operand, _ dw: Operand
  ) throws(VulkanError) {
    if !fits([x, dy]) {
      let images = x.type.shape[0]
      if images == 1 { return try convGradWeightByRows(g, x, dy, dw) }
      let largest = max(x.range.count, dy.range.count)
      let parts =
        largest / images <= room
        ? try runs(images, bytes: largest, "convGradWeight") : (0..<images).map { $0..<$0 + 1 }
      let partial = takeScratch(TensorType(.f32, [parts.count, dw.type.count]))
      for (number, run) in parts.enumerated() {
        try convGradWeight(g, x.part(run), dy.part(run), partial.part(number..<number + 1))
      }
      return try reduceMiddle(.sum, partial, 1, parts.count, dw.type.count, dw)
    }
    let batch = x.type.shape[0]
    guard batch > 0 else { return try zero(dw) }
    let tiling = Tiling(
      g.outChannels / g.groups, g.kernelHeight * g.kernelWidth * g.inChannels / g.groups, limits)
    let tiles = tiling.count * g.groups
    // The depth, counted in pixels or, on a software device, in rows of pixels, is cut into runs: enough workgroups
    // to fill the device, but runs of at least 256 pixels.
    let rowLength = limits.isSoftware ? g.outputWidth : 1
    let depth = batch * g.outputHeight * (limits.isSoftware ? 1 : g.outputWidth)
    // The partial results have to fit one binding.
    let most = min((limits.isSoftware ? 32 : 512) / tiles, depth * rowLength / 256, room / dw.range.count)
    let wanted = max(1, most)
    let run = (depth + wanted - 1) / wanted
    let splits = (depth + run - 1) / run
    let partial = splits == 1 ? dw : takeScratch(TensorType(.f32, [splits * dw.type.count]))
    try launch(
      "conv_grad_weight" + tiling.suffix, constants: tiling.constants,
      [(x, .read), (dy, .read), (partial, .write)],
      push: [tiles * splits, tiling.tilesM, tiling.tilesN] + Lowering.push(g, batch: batch) + [run],
      groups: tiles * splits)
    if splits > 1 { try reduceMiddle(.sum, partial, 1, splits, dw.type.count, dw) }
  }
}
