import CVectorKernels
import SfumatoGraph

// Matrix products of operands stored as bf16, where the processor multiplies such pairs itself (AVX512-BF16): nothing is widened,
// sums are floats.
extension Lowering {
  /// The pieces of a product that reads both operands as they are stored; nil where it cannot.
  func storedPieces(_ p: MatrixProduct, _ node: Node) -> PieceSizes? {
    guard device.pairs != nil, node.inputs.allSatisfy({ program[$0].dtype == .bf16 }) else { return nil }
    if p.isLong { return PieceSizes(stored: [0, 1]) }
    guard p.areRowsWhole else { return nil }
    return PieceSizes(stored: [0, 1], outputs: [0: min(rows(of: p).size, p.m) * p.n])
  }

  /// As `product`: the right factor in panels, blocks of rows of the left one in place.
  func pairProduct(
    _ p: MatrixProduct, _ pairs: PairKernels, _ a: UnsafePointer<UInt16>, _ b: UnsafePointer<UInt16>,
    _ c: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let width = Int(pairs.panelWidth)
    let panelCount = (p.n + width - 1) / width, panelSize = (p.k + 1) / 2 * width
    let panels = FloatSource.workspace(workspace, cursor.take(p.batch * panelCount * panelSize))
    let pack = Phase(units: p.batch * panelCount) { unit, _ in
      let (image, panel) = (unit / panelCount, unit % panelCount)
      let from = b + image * p.n * p.k + panel * width * p.bColumn
      panels.words(unit * panelSize, count: panelSize) {
        pairs.packPairs(
          Int64(p.k), Int64(min(width, p.n - panel * width)), from, Int64(p.bStep), Int64(p.bColumn), $0)
      }
    }
    let rows = rows(of: p)
    let finished = { (unit: Int) -> Range<Int> in
      let begin = unit / rows.units * p.m * p.n, range = rows[unit % rows.units]
      return begin + range.lowerBound * p.n..<begin + range.upperBound * p.n
    }
    let multiply = Phase(units: p.batch * rows.units, finished: finished) { unit, worker in
      let image = unit / rows.units, range = rows[unit % rows.units], writes = finished(unit)
      let left = a + image * p.m * p.k + range.lowerBound * p.k
      panels.words(image * panelCount * panelSize, count: panelCount * panelSize) {
        pairs.gemmPairs(
          Int64(range.count), Int64(p.n), Int64(p.k), left, Int64(p.k), 2, $0, c.target(writes, worker),
          Int64(p.n), false)
      }
      c.keep(writes, of: writes, worker)
    }
    return [pack, multiply]
  }

  /// As `longProduct`: steps are dealt to a fixed number of partial sums. Each takes a block of steps at a time, of which both
  /// factors are brought into pairs in a worker's scratch.
  func longPairs(
    _ p: MatrixProduct, _ pairs: PairKernels, _ a: UnsafePointer<UInt16>, _ b: UnsafePointer<UInt16>,
    _ c: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let size = p.m * p.n, block = 256, width = Int(pairs.panelWidth)
    let parts = Pieces(p.k, grain: 512, limit: 8, multipleOf: 64)
    let partial = parts.units == 1 ? c : FloatSource.workspace(workspace, cursor.take(parts.units * size))
    let left = block / 2 * p.m, right = block / 2 * ((p.n + width - 1) / width * width)
    workspace.needScratch(left + right)
    let workspace = workspace
    let multiply = Phase(units: parts.units) { part, worker in
      let steps = parts[part]
      for begin in stride(from: steps.lowerBound, to: steps.upperBound, by: block) {
        let count = min(block, steps.upperBound - begin)
        workspace.scratch(worker).withMemoryRebound(to: UInt32.self, capacity: left + right) { words in
          pairs.joinRows(Int64(count), Int64(p.m), a + begin * p.aStep, Int64(p.aStep), words)
          pairs.packPairs(
            Int64(count), Int64(p.n), b + begin * p.bStep, Int64(p.bStep), Int64(p.bColumn), words + left)
          words.withMemoryRebound(to: UInt16.self, capacity: 2 * left) {
            pairs.gemmPairs(
              Int64(p.m), Int64(p.n), Int64(count), $0, 2, Int64(2 * p.m), words + left,
              partial.pointer + part * size, Int64(p.n), begin > steps.lowerBound)
          }
        }
      }
    }
    return parts.units == 1 ? [multiply] : [multiply, addParts(parts.units, size, partial, c)]
  }
}

extension FloatSource {
  /// Words that take the place of floats.
  fileprivate func words(_ offset: Int, count: Int, _ body: (UnsafeMutablePointer<UInt32>) -> Void) {
    (pointer + offset).withMemoryRebound(to: UInt32.self, capacity: count, body)
  }
}
