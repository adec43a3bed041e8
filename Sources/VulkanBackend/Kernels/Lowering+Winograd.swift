import SfumatoGraph

/// A pass of a 3×3 convolution of stride 1 with a quarter of the multiplications, as `Shaders/winograd/points.glsl` tells: operands
/// are taken to 36 points, multiplied there by batched matrix products, and the products taken back.
struct WinogradTiles {
  /// What is read: x, or dy where dx is wanted.
  let source: Image
  /// What is written; for the weights' gradient, dy.
  let target: Image
  /// How far the first tile of the source begins before the first of the target.
  let padTop: Int
  let padLeft: Int

  struct Image {
    var height: Int
    var width: Int
    var channels: Int
  }

  init(_ g: ConvGeometry, turned: Bool) {
    let x = Image(height: g.inputHeight, width: g.inputWidth, channels: g.inChannels)
    let y = Image(height: g.outputHeight, width: g.outputWidth, channels: g.outChannels)
    (source, target) = turned ? (y, x) : (x, y)
    padTop = turned ? 2 - g.padTop : g.padTop
    padLeft = turned ? 2 - g.padLeft : g.padLeft
  }

  static func isPossible(_ g: ConvGeometry) -> Bool {
    g.kernelHeight == 3 && g.kernelWidth == 3 && g.strideH == 1 && g.strideW == 1 && g.groups == 1
      && g.inChannels % 4 == 0 && g.outChannels % 4 == 0
  }

  static let points = 36

  /// Tiles of 4×4 outputs in an image.
  var down: Int { (target.height + 3) / 4 }
  var across: Int { (target.width + 3) / 4 }

  /// Whether this takes less than computing directly, by a model: an element taken to a point or back costs as much as some
  /// multiply-adds, on a GPU for its way through memory.
  func areCheaper(onCPU: Bool) -> Bool {
    let (c, o) = (source.channels, target.channels)
    let moved = onCPU ? 24 : 128
    return Self.points * down * across * (c * o + moved * (c + o)) < 9 * target.height * target.width * c * o
  }

  /// Bytes of an image's points, source and target.
  var imageBytes: Int { Self.points * down * across * (source.channels + target.channels) * 4 }
}

extension Lowering {
  /// Forward, or the input's gradient from dy with the weights turned.
  mutating func winograd(
    _ tiles: WinogradTiles, turned: Bool, _ x: Operand, _ w: Operand, _ y: Operand
  ) throws(VulkanError) {
    let (inC, outC) = (tiles.source.channels, tiles.target.channels)
    let weightShape = turned ? [WinogradTiles.points, inC, outC] : [WinogradTiles.points, outC, inC]
    let weights = takeScratch(TensorType(.f32, Shape(weightShape)))
    try launch(
      "winograd_weights", constants: [turned ? 1 : 0], [(w, .read), (weights, .write)],
      push: [weightShape[1], weightShape[2]], groups: Lowering.groups(inC * outC))
    let parts = runs(x.type.shape[0], bytes: tiles.imageBytes)
    let most = (parts.first?.count ?? 0) * tiles.down * tiles.across
    let inputs = takeScratch(TensorType(.f32, [WinogradTiles.points, most, inC]))
    let outputs = takeScratch(TensorType(.f32, [WinogradTiles.points, most, outC]))
    let kept = scratchMark
    for part in parts {
      let count = part.count * tiles.down * tiles.across
      let a = inputs.front([WinogradTiles.points, count, inC])
      let c = outputs.front([WinogradTiles.points, count, outC])
      try winogradTiles("input", tiles, tiles.source, x.part(part), a, padded: true)
      try matmul(a, transposed: false, weights, transposed: !turned, c)
      try winogradTiles("output", tiles, tiles.target, c, y.part(part))
      giveBack(to: kept)
    }
  }

  /// The weights' gradient: the points of x and dy, multiplied and summed over tiles.
  mutating func winogradGradWeight(
    _ tiles: WinogradTiles, _ x: Operand, _ dy: Operand, _ dw: Operand
  ) throws(VulkanError) {
    let (inC, outC) = (tiles.source.channels, tiles.target.channels)
    let parts = runs(x.type.shape[0], bytes: tiles.imageBytes)
    let most = (parts.first?.count ?? 0) * tiles.down * tiles.across
    let inputs = takeScratch(TensorType(.f32, [WinogradTiles.points, most, inC]))
    let gradients = takeScratch(TensorType(.f32, [WinogradTiles.points, most, outC]))
    let plane = WinogradTiles.points * outC * inC
    let sums = takeScratch(TensorType(.f32, [parts.count, WinogradTiles.points, outC, inC]))
    let kept = scratchMark
    for (number, part) in parts.enumerated() {
      let count = part.count * tiles.down * tiles.across
      let b = inputs.front([WinogradTiles.points, count, inC])
      let a = gradients.front([WinogradTiles.points, count, outC])
      try winogradTiles("input", tiles, tiles.source, x.part(part), b, padded: true)
      try winogradTiles("gradient", tiles, tiles.target, dy.part(part), a)
      let target = sums.part(number..<number + 1).reshaped([WinogradTiles.points, outC, inC])
      try matmul(a, transposed: true, b, transposed: false, target)
      giveBack(to: kept)
    }
    var sum = sums.part(0..<1)
    if parts.count > 1 {
      sum = takeScratch(TensorType(.f32, [plane]))
      try reduceMiddle(.sum, sums, 1, parts.count, plane, sum)
    }
    try launch(
      "winograd_weights_grad", [(sum, .read), (dw, .write)], push: [outC, inC],
      groups: Lowering.groups(inC * outC))
  }

  private mutating func winogradTiles(
    _ name: String, _ tiles: WinogradTiles, _ image: WinogradTiles.Image, _ from: Operand, _ to: Operand,
    padded: Bool = false
  ) throws(VulkanError) {
    let readsPoints = name == "output"
    let count = (readsPoints ? from : to).type.shape[1]
    let fours = limits.isSoftware && beginOnFours([from, to])
    let channels = image.channels / (fours ? 4 : 1)
    try launch(
      "winograd_" + name + (fours ? "_fours" : ""), [(from, .read), (to, .write)],
      push: [
        count * channels, count, channels, image.height, image.width, tiles.down, tiles.across,
        padded ? tiles.padTop : 0, padded ? tiles.padLeft : 0,
      ], groups: Lowering.groups(count * channels))
  }

  /// Images in runs whose points take a limited part of the memory; and so on a CPU, of its caches.
  private func runs(_ images: Int, bytes: Int) -> [Range<Int>] {
    let most = min(room, limits.isSoftware ? 16 << 20 : 256 << 20)
    let length = max(1, most / max(1, bytes))
    return stride(from: 0, to: images, by: length).map { $0..<min(images, $0 + length) }
  }
}

extension Operand {
  /// As many of the first elements as `shape` has.
  fileprivate func front(_ shape: Shape) -> Operand {
    let type = TensorType(type.dtype, shape)
    return Operand(
      range: ByteRange(buffer: range.buffer, offset: range.offset, count: type.byteCount), type: type)
  }
}
