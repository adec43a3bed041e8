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

  /// Tiles that are worked on together: their points stay in the second-level cache, but there are enough for a product;
  /// fewer where there would be too few blocks for several cores.
  var block: Int {
    let fitting = (1 << 18) / (36 * (inChannels + outChannels)) / 8 * 8
    let sharing = (tiles / 4 + 7) / 8 * 8
    return max(16, min(max(32, fitting), 64, sharing))
  }
}

extension Lowering {
  func winogradPhases(
    _ shape: WinogradConvolution, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    if shape.pass == .gradWeight { return winogradGradWeight(shape, operands, &cursor) }
    let table = table, workspace = workspace
    let (c, o, block) = (shape.inChannels, shape.outChannels, shape.block)
    let width = Int(table.panelWidth)
    let planeSize = (o + width - 1) / width * c * width
    let panels = FloatSource.workspace(workspace, cursor.take(36 * planeSize))
    let matrices = TapMatrices(shape.pass, 9, c, o)
    let (weights, turn) = turnedWeights(matrices, operands.b, &cursor)
    let rows = Pieces(c, grain: 8)
    let prepare = Phase(units: rows.units) { unit, _ in
      withUnsafePointer(to: shape.task) {
        table.winogradWeights(
          $0, weights.pointer, Int64(matrices.tapStride), Int64(matrices.rowStride), shape.pass == .gradInput,
          Int64(rows[unit].lowerBound), Int64(rows[unit].upperBound), panels.pointer)
      }
    }
    workspace.needScratch(36 * (block * (c + o) + c))
    let blocks = Pieces(shape.tiles, grain: block, limit: 1 << 30)
    let convolve = Phase(units: blocks.units) { unit, worker in
      let range = blocks[unit], count = range.count
      let points = workspace.scratch(worker), results = points + 36 * block * c,
        window = results + 36 * block * o
      let (begin, end) = (Int64(range.lowerBound), Int64(range.upperBound))
      withUnsafePointer(to: shape.task) {
        table.winogradInput($0, operands.a.pointer, begin, end, points, window)
        for point in 0..<36 {
          table.gemm(
            Int64(count), Int64(o), Int64(c), points + point * count * c, Int64(c), 1,
            panels.pointer + point * planeSize, results + point * count * o, Int64(o), false)
        }
        table.winogradOutput($0, results, begin, end, operands.result.pointer)
      }
    }
    return turn + [prepare, convolve]
  }

  /// Sums over tiles stay in the 36 points, in a fixed number of parts and in slices of output channels that fit into the
  /// cache; each part goes back to the nine taps, and the parts are added up in order.
  private func winogradGradWeight(
    _ shape: WinogradConvolution, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let table = table, workspace = workspace
    let (c, o, block) = (shape.inChannels, shape.outChannels, shape.block)
    let size = 9 * c * o
    let slices = Pieces(o, grain: max(16, (1 << 18) / (36 * c) / 8 * 8), limit: 1 << 30)
    let blocks = Pieces(shape.tiles, grain: block, limit: 1 << 30)
    let parts = Pieces(blocks.units, grain: 1, limit: size <= 1 << 20 ? 8 : 2)
    let partial =
      parts.units == 1 ? operands.result : FloatSource.workspace(workspace, cursor.take(parts.units * size))
    let sumCount = 36 * c * slices.size
    workspace.needScratch(sumCount + 36 * block * (c + slices.size) + max(36 * c, 16 * o))
    let accumulate = Phase(units: parts.units * slices.units) { unit, worker in
      let (part, slice) = (unit / slices.units, slices[unit % slices.units])
      let sums = workspace.scratch(worker), points = sums + sumCount
      let gradients = points + 36 * block * c, window = gradients + 36 * block * slices.size
      sums.update(repeating: 0, count: 36 * c * slice.count)
      for index in parts[part] {
        let (begin, end) = (Int64(blocks[index].lowerBound), Int64(blocks[index].upperBound))
        withUnsafePointer(to: shape.task) {
          table.winogradInput($0, operands.a.pointer, begin, end, points, window)
          table.winogradGradient(
            $0, operands.b.pointer, begin, end, Int64(slice.lowerBound), Int64(slice.count), gradients, window
          )
        }
        table.winogradProduct(end - begin, Int64(c), Int64(slice.count), points, gradients, sums)
      }
      table.winogradTaps(
        Int64(c), Int64(slice.count), sums, partial.pointer + part * size + slice.lowerBound * 9 * c)
    }
    return parts.units == 1
      ? [accumulate] : [accumulate, addParts(parts.units, size, partial, operands.result)]
  }
}
