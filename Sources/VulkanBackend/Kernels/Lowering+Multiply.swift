import SfumatoGraph

/// Matrix products and convolutions, in tiles of 64 × 64 outputs.
extension Lowering {
  private static let tile = 64
  private static func tiles(_ count: Int) -> Int { (count + tile - 1) / tile }

  mutating func matmul(
    _ a: Operand, transposed transposeA: Bool, _ b: Operand, transposed transposeB: Bool, _ c: Operand
  ) throws(VulkanError) {
    let shape = c.type.shape
    let (m, n) = (shape[shape.rank - 2], shape[shape.rank - 1])
    let k = a.type.shape[shape.rank - (transposeA ? 2 : 1)]
    guard c.type.count > 0 else { return }
    let (tilesM, tilesN) = (Lowering.tiles(m), Lowering.tiles(n))
    let workgroups = c.type.count / (m * n) * tilesM * tilesN
    try launch(
      "matmul_" + (transposeA ? "t" : "n") + (transposeB ? "t" : "n"),
      [(a, .read), (b, .read), (c, .write)], push: [workgroups, m, n, k, tilesM, tilesN],
      groups: workgroups)
  }

  private static func push(_ g: ConvGeometry, batch: Int) -> [Int] {
    [
      batch, g.inputHeight, g.inputWidth, g.outputHeight, g.outputWidth, g.kernelHeight, g.kernelWidth,
      g.inChannels / g.groups, g.outChannels / g.groups, g.groups, g.strideH, g.strideW, g.padTop, g.padLeft,
    ]
  }

  mutating func conv(_ g: ConvGeometry, _ x: Operand, _ w: Operand, _ y: Operand) throws(VulkanError) {
    let batch = x.type.shape[0]
    let tilesM = Lowering.tiles(batch * g.outputHeight * g.outputWidth)
    let tilesN = Lowering.tiles(g.outChannels / g.groups)
    let workgroups = tilesM * tilesN * g.groups
    try launch(
      "conv_forward", [(x, .read), (w, .read), (y, .write)],
      push: [workgroups, tilesM, tilesN] + Lowering.push(g, batch: batch), groups: workgroups)
  }

  mutating func convGradInput(
    _ g: ConvGeometry, _ dy: Operand, _ w: Operand, _ dx: Operand
  ) throws(VulkanError) {
    let batch = dy.type.shape[0]
    let tilesM = Lowering.tiles(batch * g.inputHeight * g.inputWidth)
    let tilesN = Lowering.tiles(g.inChannels / g.groups)
    let workgroups = tilesM * tilesN * g.groups
    try launch(
      "conv_grad_input", [(dy, .read), (w, .read), (dx, .write)],
      push: [workgroups, tilesM, tilesN] + Lowering.push(g, batch: batch), groups: workgroups)
  }

  mutating func convGradWeight(
    _ g: ConvGeometry, _ x: Operand, _ dy: Operand, _ dw: Operand
  ) throws(VulkanError) {
    let batch = x.type.shape[0]
    let depth = batch * g.outputHeight * g.outputWidth
    guard depth > 0 else { return zero(dw) }
    let tilesM = Lowering.tiles(g.outChannels / g.groups)
    let tilesN = Lowering.tiles(g.kernelHeight * g.kernelWidth * g.inChannels / g.groups)
    let tiles = tilesM * tilesN * g.groups
    // Enough workgroups to fill a device, but runs of at least 256 pixels.
    let wanted = max(1, min(512 / tiles, depth / 256))
    let run = (depth + wanted - 1) / wanted
    let splits = (depth + run - 1) / run
    let partial = splits == 1 ? dw : takeScratch(TensorType(.f32, [splits * dw.type.count]))
    try launch(
      "conv_grad_weight", [(x, .read), (dy, .read), (partial, .write)],
      push: [tiles * splits, tilesM, tilesN] + Lowering.push(g, batch: batch) + [run],
      groups: tiles * splits)
    if splits > 1 { try reduceMiddle(.sum, partial, 1, splits, dw.type.count, dw) }
  }
}
