import CVectorKernels
import SfumatoGraph

/// A pass of a 3×3 convolution of stride 1 by tiles of 4 × 4 outputs: 36 products instead of 144.
struct WinogradConvolution {
  let pass: ConvolutionPass
  let tiles: Int
  let task: WinogradTask
  let inChannels: Int
  let outChannels: Int

  init(_ g: ConvGeometry, _ pass: ConvolutionPass, batch: Int) {
    self.pass = pass
    let isBackward = pass == .gradInput
    inChannels = isBackward ? g.outChannels : g.inChannels
    outChannels = isBackward ? g.inChannels : g.outChannels
    let outRows = isBackward ? g.inputHeight : g.outputHeight
    let outCols = isBackward ? g.inputWidth : g.outputWidth
    task = WinogradTask(
      inRows: Int64(isBackward ? g.outputHeight : g.inputHeight),
      inCols: Int64(isBackward ? g.outputWidth : g.inputWidth), inChannels: Int64(inChannels),
      padTop: Int64(isBackward ? 2 - g.padTop : g.padTop),
      padLeft: Int64(isBackward ? 2 - g.padLeft : g.padLeft),
      outRows: Int64(outRows), outCols: Int64(outCols), outChannels: Int64(outChannels))
    tiles = batch * ((outRows + 3) / 4) * ((outCols + 3) / 4)
  }

  static func isPossible(_ g: ConvGeometry) -> Bool {
    g.kernelHeight == 3 && g.kernelWidth == 3 && g.strideH == 1 && g.strideW == 1 && g.groups == 1
  }

  /// In multiply-adds of a register tile running at full speed; the factors were measured as those of
  /// `FourierConvolution.cost`.
  var cost: Double {
    let pairs = Double(inChannels * outChannels)
    let transforms = Double(tiles * 36 * (inChannels + outChannels)) * 12
    return Double(tiles * 36) * pairs * 1.15 + transforms + 36 * pairs * 12
  }

  /// Points a group, and groups.
  static let group = 12
  static let groups = 3

  /// Floats that one worker's blocks may take: most of a second-level cache of 2 MB.
  private static let cacheFloats = 3 << 17

  /// Tiles that are worked on together: the points of a group, and all points of the results, stay in the second-level
  /// cache, but there are enough for a product; fewer where there would be too few blocks for several cores.
  var block: Int {
    let fitting =
      Self.cacheFloats / (Self.group * inChannels + Self.groups * Self.group * outChannels) / 8 * 8
    let sharing = (tiles / 4 + 7) / 8 * 8
    return max(16, min(max(32, fitting), 64, sharing))
  }

  /// Output channels whose sums for the weight gradient are worked on together, and tiles a block: the sums of a group
  /// stay in the second-level cache beside the points of a block.
  var gradientBlock: (channels: Int, tiles: Int) {
    var channels = outChannels
    while Self.group * inChannels * channels > Self.cacheFloats * 6 / 10, channels > 32 {
      channels = (channels / 2 + 7) / 8 * 8
    }
    let rest = Self.cacheFloats - Self.group * inChannels * channels
    let fitting = rest / (Self.group * (inChannels + channels)) / 8 * 8
    return (channels, max(32, min(fitting, 128)))
  }

  /// Whether a block is made of whole rows of tiles.
  var areRowsWhole: Bool { block % ((Int(task.outCols) + 3) / 4) == 0 }

  /// The elements of the result that whole rows of tiles make up.
  func finished(_ range: Range<Int>) -> Range<Int> {
    let across = (Int(task.outCols) + 3) / 4, down = (Int(task.outRows) + 3) / 4
    func element(_ tile: Int) -> Int {
      let row = tile / across
      return (row / down * Int(task.outRows) + row % down * 4) * Int(task.outCols) * outChannels
    }
    return element(range.lowerBound)..<element(range.upperBound)
  }

  /// Elements from one matrix of points to the next.
  static func plane(_ count: Int) -> Int { (count + 15) / 16 * 16 + 16 }
}

extension Lowering {
  func winogradPhases(
    _ shape: WinogradConvolution, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    if shape.pass == .gradWeight { return winogradGradWeight(shape, operands, &cursor) }
    let table = table, workspace = workspace
    let (c, o, block) = (shape.inChannels, shape.outChannels, shape.block)
    let (group, groups) = (WinogradConvolution.group, WinogradConvolution.groups)
    let width = Int(table.panelWidth)
    let panelPlane = WinogradConvolution.plane((o + width - 1) / width * c * width)
    let panels = FloatSource.workspace(workspace, cursor.take(groups * group * panelPlane))
    let matrices = TapMatrices(shape.pass, 9, c, o)
    let (weights, turn) = turnedWeights(matrices, operands.b, &cursor)
    let rows = Pieces(c, grain: 8)
    let prepare = Phase(units: rows.units) { unit, _ in
      withUnsafePointer(to: shape.task) {
        table.winogradWeights(
          $0, weights.pointer, Int64(matrices.tapStride), Int64(matrices.rowStride), shape.pass == .gradInput,
          Int64(rows[unit].lowerBound), Int64(rows[unit].upperBound), panels.pointer, Int64(panelPlane))
      }
    }
    let inPlane = WinogradConvolution.plane(block * c), outPlane = WinogradConvolution.plane(block * o)
    workspace.needScratch(c + 16 + group * inPlane + groups * group * outPlane)
    let blocks = shape.blocks
    let convolve = Phase(
      units: blocks.units, finished: shape.areRowsWhole ? { shape.finished(blocks[$0]) } : nil
    ) { unit, worker in
      let range = blocks[unit], count = range.count
      let results = workspace.scratch(worker), points = results + groups * group * outPlane
      let zeros = points + group * inPlane
      zeros.update(repeating: 0, count: c)
      let reads = shape.inputRange(range), writes = shape.outputRange(range)
      let input = operands.a.read(reads, worker) - reads.lowerBound
      let output = operands.result.target(writes, worker) - writes.lowerBound
      let (begin, end) = (Int64(range.lowerBound), Int64(range.upperBound))
      withUnsafePointer(to: shape.task) {
        for part in 0..<groups {
          table.winogradInput(
            $0, Int32(part), false, input, begin, end, points, Int64(inPlane), zeros)
          for point in 0..<group {
            let index = part * group + point
            table.gemm(
              Int64(count), Int64(o), Int64(c), points + point * inPlane, Int64(c), 1,
              panels.pointer + index * panelPlane, results + index * outPlane, Int64(o), false)
          }
        }
        table.winogradOutput($0, results, Int64(outPlane), begin, end, output)
      }
      if operands.result.isInPieces {
        shape.forEachOutputRun(range) { operands.result.keep($0, of: writes, worker) }
      }
    }
    return turn + [prepare, convolve]
  }

  /// Sums over tiles stay in the points, in a fixed number of parts, which go back to the nine taps together. A unit sums up
  /// one group of points for a slice of the output channels, so that what it adds to stays in the cache.
  private func winogradGradWeight(
    _ shape: WinogradConvolution, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let table = table, workspace = workspace
    let (c, o) = (shape.inChannels, shape.outChannels)
    guard shape.tiles > 0 else { return [zeroed(operands.result, 9 * c * o)] }
    let (group, groups) = (WinogradConvolution.group, WinogradConvolution.groups)
    let width = Int(table.panelWidth)
    func padded(_ channels: Int) -> Int { (channels + width - 1) / width * width }
    let (sliceSize, block) = shape.gradientBlock
    let slices = Pieces(o, grain: sliceSize, limit: 1 << 30)
    let blocks = Pieces(shape.tiles, grain: block, limit: 1 << 30)
    let parts = Pieces(
      blocks.units, grain: blocks.units < 8 ? 1 : 4, limit: blocks.units >= 8 && c * o <= 1 << 14 ? 4 : 2)
    let sumPlane = WinogradConvolution.plane(c * o), partSize = groups * group * sumPlane
    let sums = FloatSource.workspace(workspace, cursor.take(parts.units * partSize))
    let inPlane = WinogradConvolution.plane(block * padded(c))
    let outPlane = WinogradConvolution.plane(block * padded(slices.size))
    workspace.needScratch(max(c, o) + 16 + group * (inPlane + outPlane))
    let accumulate = Phase(units: parts.units * groups * slices.units) { unit, worker in
      let part = unit / (groups * slices.units), slice = slices[unit / groups % slices.units]
      let points = unit % groups
      let inputs = workspace.scratch(worker), gradients = inputs + group * inPlane
      let zeros = gradients + group * outPlane
      zeros.update(repeating: 0, count: max(c, o))
      let target =
        sums.pointer + part * partSize + points * group * sumPlane + slice.lowerBound * c
      for point in 0..<group { (target + point * sumPlane).update(repeating: 0, count: slice.count * c) }
      for index in parts[part] {
        let (begin, end) = (Int64(blocks[index].lowerBound), Int64(blocks[index].upperBound))
        withUnsafePointer(to: shape.task) {
          table.winogradInput(
            $0, Int32(points), true, operands.a.pointer, begin, end, inputs, Int64(inPlane), zeros)
          table.winogradGradient(
            $0, Int32(points), operands.b.pointer, begin, end, Int64(slice.lowerBound), Int64(slice.count),
            gradients, Int64(outPlane), zeros)
        }
        table.winogradProduct(
          end - begin, Int64(c), Int64(slice.count), inputs, Int64(inPlane), gradients, Int64(outPlane),
          target,
          Int64(sumPlane))
      }
    }
    let rows = Pieces(o, grain: 8)
    let finish = Phase(units: rows.units) { unit, _ in
      table.winogradTaps(
        Int64(c), Int64(rows[unit].lowerBound), Int64(rows[unit].upperBound), Int64(parts.units),
        sums.pointer,
        Int64(sumPlane), Int64(partSize), operands.result.pointer)
    }
    return [accumulate, finish]
  }
}
