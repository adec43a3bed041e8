import SfumatoGraph

/// Convolutions: by Winograd's tiles, or as implicit products.
extension Lowering {
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
    if choice.method == .winograd {
      return try winograd(WinogradTiles(g, turned: false), turned: false, x, w, y)
    }
    let product = Tiling.Product(
      m: batch * g.outputHeight * g.outputWidth, n: g.outChannels / g.groups, count: g.groups,
      isOdd: g.areChannelsOdd || !beginOnFours([x, w, y]))
    try launchTaps("conv_forward", product, g, [x, w], y, channels: g.inChannels / g.groups)
  }

  /// A pass over the elements of a convolution's kernel, which may be shared out among workgroups; the CPU is busy without.
  private mutating func launchTaps(
    _ shader: String, _ product: Tiling.Product, _ g: ConvGeometry, _ operands: [Operand], _ result: Operand,
    channels: Int
  ) throws(VulkanError) {
    try launchRuns(
      shader, product, operands, result, depth: g.kernelHeight * g.kernelWidth,
      shortest: (511 + channels) / channels, into: limits.isSoftware ? 1 : Self.spreadWorkgroups
    ) { Lowering.push(g, batch: result.type.shape[0]) + [$0] }
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
    if choice.method == .winograd {
      return try winograd(WinogradTiles(g, turned: true), turned: true, dy, w, dx)
    }
    let product = Tiling.Product(
      m: batch * g.inputHeight * g.inputWidth, n: g.inChannels / g.groups, count: g.groups, bAlongN: true,
      isOdd: g.areChannelsOdd || !beginOnFours([dy, w, dx]))
    try launchTaps("conv_grad_input", product, g, [dy, w], dx, channels: g.outChannels / g.groups)
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
    if choice.method == .winograd {
      return try winogradGradWeight(WinogradTiles(g, turned: false), x, dy, dw)
    }
    // The channels of each element of the kernel are rounded up to fours.
    let columns = g.kernelHeight * g.kernelWidth * ((g.inChannels / g.groups + 3) / 4 * 4)
    let product = Tiling.Product(
      m: g.outChannels / g.groups, n: columns, count: g.groups, aAlongM: true, bAlongN: true,
      isOdd: g.areChannelsOdd || !beginOnFours([x, dy, dw]))
    // The depth is counted in rows of pixels; a run has 256 pixels at least.
    try launchRuns(
      "conv_grad_weight", product, [x, dy], dw, depth: batch * g.outputHeight,
      shortest: (255 + g.outputWidth) / g.outputWidth, into: limits.isSoftware ? 32 : Self.spreadWorkgroups
    ) { Lowering.push(g, batch: batch) + [$0] }
  }
}

extension ConvGeometry {
  /// Whether a group's input or output channels are no multiple of four.
  var areChannelsOdd: Bool { inChannels / groups % 4 != 0 || outChannels / groups % 4 != 0 }
}
