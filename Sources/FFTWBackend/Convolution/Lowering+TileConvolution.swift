import CVectorKernels
import SfumatoGraph

extension ConvTask {
  /// The forward pass of one group over one image.
  init(_ g: ConvGeometry) {
    self.init(
      inRows: Int64(g.inputHeight), inCols: Int64(g.inputWidth), inChannels: Int64(g.inChannels / g.groups),
      inPixel: Int64(g.inChannels), padTop: Int64(g.padTop), padLeft: Int64(g.padLeft),
      tapRows: Int64(g.kernelHeight), tapCols: Int64(g.kernelWidth), rowStride: Int64(g.strideH),
      colStride: Int64(g.strideW), outRows: Int64(g.outputHeight), outCols: Int64(g.outputWidth),
      outChannels: Int64(g.outChannels / g.groups), outRow: Int64(g.outputWidth * g.outChannels),
      outPixel: Int64(g.outChannels))
  }

  /// Output rows that are computed together: their input stays in the second-level cache, and there are enough
  /// blocks for all cores.
  func rowBlock(images: Int) -> Int {
    let floatsPerRow = max(1, Int(inChannels * rowStride * ((outCols - 1) * colStride + tapCols)))
    let fitting = max(1, 96 * 1024 / floatsPerRow)
    let sharing = images >= 8 ? Int(outRows) : max(1, (Int(outRows) * images + 7) / 8)
    return max(1, min(Int(outRows), fitting, sharing))
  }
}

/// The taps of one axis that reach input positions of one parity class: with stride s, position phase + s·t gets
/// dy[t + a − shift] · w[first + s·(count − 1 − a)] for a in 0 ..< count.
struct ParityTaps {
  let first: Int
  let count: Int
  let shift: Int

  init(phase: Int, kernel: Int, stride: Int, pad: Int) {
    first = (phase + pad) % stride
    count = first < kernel ? (kernel - first + stride - 1) / stride : 0
    shift = count - 1 - (phase + pad - first) / stride
  }

  /// The kernel's tap behind tap `a` of the class.
  func tap(_ a: Int, stride: Int) -> Int { first + stride * (count - 1 - a) }
}

extension Lowering {
  func tileForward(
    _ g: ConvGeometry, _ batch: Int, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let task = ConvTask(g)
    let steps = g.kernelHeight * g.kernelWidth * g.inChannels / g.groups
    let width = Int(table.panelWidth), outputs = g.outChannels / g.groups
    let panelCount = (outputs + width - 1) / width
    let groupSize = panelCount * steps * width
    let panels = FloatSource.workspace(workspace, cursor.take(g.groups * groupSize))
    let table = table, weights = operands.b
    let pack = Phase(units: g.groups * panelCount) { unit, _ in
      let (group, panel) = (unit / panelCount, unit % panelCount)
      table.packPanels(
        Int64(steps), Int64(min(width, outputs - panel * width)),
        weights.pointer + (group * outputs + panel * width) * steps, 1, Int64(steps),
        panels.pointer + group * groupSize + panel * steps * width)
    }
    return [
      pack,
      runTiles(
        task, batch: batch, groups: g.groups, operands.a, panels, groupSize, operands.result,
        inImage: g.inputShape(batch: 1).count, outImage: g.outputShape(batch: 1).count),
    ]
  }

  /// Runs a task over every image and group.
  private func runTiles(
    _ task: ConvTask, batch: Int, groups: Int, _ input: FloatSource, _ panels: FloatSource, _ groupSize: Int,
    _ output: FloatSource, inImage: Int, outImage: Int, outOffset: Int = 0
  ) -> Phase {
    let table = table, workspace = workspace
    let rows = Int(task.outRows), block = task.rowBlock(images: batch)
    let blocks = (rows + block - 1) / block
    withUnsafePointer(to: task) { workspace.needScratch(Int(convScratch($0, Int64(block)))) }
    let row = Int(task.outRow)
    let isDense = groups == 1 && row == Int(task.outCols * task.outPixel) && task.outPixel == task.outChannels
    let finished = { (unit: Int) -> Range<Int> in
      let (image, first) = (unit / blocks, unit % blocks * block)
      return image * outImage + first * row..<image * outImage + min(rows, first + block) * row
    }
    return Phase(units: batch * groups * blocks, finished: isDense && outOffset == 0 ? finished : nil) {
      unit, worker in
      let (image, rest) = (unit / (groups * blocks), unit % (groups * blocks))
      let (group, first) = (rest / blocks, rest % blocks * block)
      withUnsafePointer(to: task) {
        table.conv(
          $0, input.pointer + image * inImage + group * Int(task.inChannels),
          panels.pointer + group * groupSize, nil,
          output.pointer + image * outImage + outOffset + group * Int(task.outChannels), Int64(first),
          Int64(min(rows, first + block)), workspace.scratch(worker))
      }
    }
  }

  /// The input gradient: for each parity class of input positions (one, at stride 1) a convolution of dy with the class's
  /// taps, turned round.
  func tileGradInput(
    _ g: ConvGeometry, _ batch: Int, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    var phases: [Phase] = []
    var hasGaps = false
    for rowPhase in 0..<min(g.strideH, g.inputHeight) {
      let rows = ParityTaps(phase: rowPhase, kernel: g.kernelHeight, stride: g.strideH, pad: g.padTop)
      for colPhase in 0..<min(g.strideW, g.inputWidth) {
        let cols = ParityTaps(phase: colPhase, kernel: g.kernelWidth, stride: g.strideW, pad: g.padLeft)
        if rows.count == 0 || cols.count == 0 {
          hasGaps = true
        } else {
          phases += gradInputClass(g, batch, operands, (rowPhase, rows), (colPhase, cols), &cursor)
        }
      }
    }
    return hasGaps ? [zeroed(operands.result, g.inputShape(batch: batch).count)] + phases : phases
  }

  func zeroed(_ target: FloatSource, _ count: Int) -> Phase {
    let pieces = Pieces(count, grain: 1 << 16)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      (target.pointer + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }

  private func gradInputClass(
    _ g: ConvGeometry, _ batch: Int, _ operands: ConvolutionOperands, _ rows: (phase: Int, taps: ParityTaps),
    _ cols: (phase: Int, taps: ParityTaps), _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let inputs = g.inChannels / g.groups, outputs = g.outChannels / g.groups
    let task = ConvTask(
      inRows: Int64(g.outputHeight), inCols: Int64(g.outputWidth), inChannels: Int64(outputs),
      inPixel: Int64(g.outChannels), padTop: Int64(rows.taps.shift), padLeft: Int64(cols.taps.shift),
      tapRows: Int64(rows.taps.count), tapCols: Int64(cols.taps.count), rowStride: 1, colStride: 1,
      outRows: Int64((g.inputHeight - rows.phase + g.strideH - 1) / g.strideH),
      outCols: Int64((g.inputWidth - cols.phase + g.strideW - 1) / g.strideW), outChannels: Int64(inputs),
      outRow: Int64(g.strideH * g.inputWidth * g.inChannels), outPixel: Int64(g.strideW * g.inChannels))
    let width = Int(table.panelWidth), taps = rows.taps.count * cols.taps.count
    let panelCount = (inputs + width - 1) / width
    let groupSize = panelCount * taps * outputs * width
    let panels = FloatSource.workspace(workspace, cursor.take(g.groups * groupSize))
    let table = table, weights = operands.b
    let kernelSize = g.kernelHeight * g.kernelWidth * inputs
    let pack = Phase(units: g.groups * panelCount) { unit, _ in
      let (group, panel) = (unit / panelCount, unit % panelCount)
      for tap in 0..<taps {
        let r = rows.taps.tap(tap / cols.taps.count, stride: g.strideH)
        let s = cols.taps.tap(tap % cols.taps.count, stride: g.strideW)
        table.packPanels(
          Int64(outputs), Int64(min(width, inputs - panel * width)),
          weights.pointer + group * outputs * kernelSize + (r * g.kernelWidth + s) * inputs + panel * width,
          Int64(kernelSize), 1,
          panels.pointer + group * groupSize + (panel * taps + tap) * outputs * width)
      }
    }
    let offset = (rows.phase * g.inputWidth + cols.phase) * g.inChannels
    return [
      pack,
      runTiles(
        task, batch: batch, groups: g.groups, operands.a, panels, groupSize, operands.result,
        inImage: g.outputShape(batch: 1).count, outImage: g.inputShape(batch: 1).count, outOffset: offset),
    ]
  }

  /// The weight gradient: blocks of output rows are dealt to a fixed number of partial sums, which are added up in order.
  func tileGradWeight(
    _ g: ConvGeometry, _ batch: Int, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let task = ConvTask(g)
    let table = table, workspace = workspace
    let block = min(task.rowBlock(images: batch), max(1, 256 / max(1, g.outputWidth)))
    let blocks = (g.outputHeight + block - 1) / block
    let size = g.weightShape.count, outputs = g.outChannels / g.groups
    let steps = size / g.outChannels
    let parts = Pieces(batch * blocks, grain: 1, limit: size <= 1 << 20 ? 8 : 2)
    let isSingle = parts.units <= 1
    let partial =
      isSingle ? operands.result : FloatSource.workspace(workspace, cursor.take(parts.units * size))
    withUnsafePointer(to: task) { workspace.needScratch(Int(convScratch($0, Int64(block)))) }
    let inImage = g.inputShape(batch: 1).count, outImage = g.outputShape(batch: 1).count
    let accumulate = Phase(units: max(1, parts.units)) { part, worker in
      let target = partial.pointer + part * size
      target.update(repeating: 0, count: size)
      guard parts.units > 0 else { return }
      for index in parts[part] {
        let image = index / blocks, first = index % blocks * block
        for group in 0..<g.groups {
          withUnsafePointer(to: task) {
            table.convGradWeight(
              $0, operands.a.pointer + image * inImage + group * Int(task.inChannels),
              operands.b.pointer + image * outImage + group * outputs, target + group * outputs * steps,
              Int64(steps), Int64(first), Int64(min(g.outputHeight, first + block)), workspace.scratch(worker)
            )
          }
        }
      }
    }
    return isSingle ? [accumulate] : [accumulate, addParts(parts.units, size, partial, operands.result)]
  }

  /// result = the sum of `parts` arrays of `size`, in order.
  func addParts(_ parts: Int, _ size: Int, _ partial: FloatSource, _ result: FloatSource) -> Phase {
    let table = table
    let pieces = Pieces(size, grain: 1 << 12)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      table.sumColumns(
        Int64(parts), Int64(range.count), partial.pointer + range.lowerBound, Int64(size),
        result.pointer + range.lowerBound)
    }
  }
}
