import CVectorKernels
import SfumatoGraph

extension Lowering {
  /// Batched matrix products: the right factor is packed into panels, the left one is read in place.
  func matmul(_ transposeA: Bool, _ transposeB: Bool, _ node: Node) -> [Phase] {
    let shape = program[node.outputs[0]].shape, operand = program[node.inputs[0]].shape
    let rank = shape.rank
    let m = shape[rank - 2], n = shape[rank - 1]
    let k = operand[transposeA ? rank - 2 : rank - 1]
    let batch = shape.dimensions.dropLast(2).reduce(1, *)
    guard batch * m * n > 0 else { return [] }
    let product = MatrixProduct(
      batch: batch, m: m, n: n, k: k, aRow: transposeA ? 1 : k, aStep: transposeA ? m : 1,
      bStep: transposeB ? 1 : n, bColumn: transposeB ? k : 1)
    return inFloats(node, pieces: storedPieces(product, node) ?? PieceSizes()) {
      self.product(product, $0[0], $0[1], $1[0], &$2)
    }
  }

  func product(
    _ p: MatrixProduct, _ a: FloatSource, _ b: FloatSource, _ c: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    if case .stored(let a) = a, case .stored(let b) = b, let pairs = device.pairs?.pointee {
      return p.isLong ? longPairs(p, pairs, a, b, c, &cursor) : pairProduct(p, pairs, a, b, c, &cursor)
    }
    if p.isLong { return longProduct(p, a, b, c, &cursor) }
    let table = table, width = Int(table.panelWidth)
    let panelCount = (p.n + width - 1) / width, panelSize = p.k * width
    let panels = FloatSource.workspace(workspace, cursor.take(p.batch * panelCount * panelSize))
    let pack = Phase(units: p.batch * panelCount) { unit, _ in
      let (image, panel) = (unit / panelCount, unit % panelCount)
      table.packPanels(
        Int64(p.k), Int64(min(width, p.n - panel * width)),
        b.pointer + image * p.n * p.k + panel * width * p.bColumn, Int64(p.bStep), Int64(p.bColumn),
        panels.pointer + unit * panelSize)
    }
    let rows = rows(of: p)
    let finished = { (unit: Int) -> Range<Int> in
      let begin = unit / rows.units * p.m * p.n, range = rows[unit % rows.units]
      return begin + range.lowerBound * p.n..<begin + range.upperBound * p.n
    }
    let multiply = Phase(units: p.batch * rows.units, finished: finished) { unit, worker in
      let image = unit / rows.units, range = rows[unit % rows.units]
      let reads = image * p.m * p.k + range.lowerBound * p.k..<image * p.m * p.k + range.upperBound * p.k
      let left =
        p.areRowsWhole
        ? a.read(reads, worker) : a.pointer + image * p.m * p.k + range.lowerBound * p.aRow
      let writes = finished(unit)
      table.gemm(
        Int64(range.count), Int64(p.n), Int64(p.k), left, Int64(p.aRow), Int64(p.aStep),
        panels.pointer + image * panelCount * panelSize, c.target(writes, worker), Int64(p.n), false)
      c.keep(writes, of: writes, worker)
    }
    return [pack, multiply]
  }

  /// Rows of a product that are worked on together.
  func rows(of p: MatrixProduct) -> Pieces {
    let tile = Int(table.tileRows)
    return Pieces(p.m, grain: max(tile, (1 << 16) / max(1, p.n * p.k)), multipleOf: tile)
  }

  /// What of the left factor and of the result such rows take; nothing where a row is not in one piece.
  func pieceSizes(_ p: MatrixProduct) -> PieceSizes {
    guard p.areRowsWhole, !p.isLong else { return PieceSizes() }
    let rows = min(rows(of: p).size, p.m)
    return PieceSizes(inputs: [0: rows * p.k], outputs: [0: rows * p.n])
  }

  /// Many steps for few results, as in the gradient of a weight: the steps are dealt to a fixed number of partial sums, which
  /// are added up in order.
  private func longProduct(
    _ p: MatrixProduct, _ a: FloatSource, _ b: FloatSource, _ c: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let table = table, size = p.m * p.n
    let parts = Pieces(p.k, grain: 512, limit: 8, multipleOf: 64)
    let partial = parts.units == 1 ? c : FloatSource.workspace(workspace, cursor.take(parts.units * size))
    let multiply = Phase(units: parts.units) { part, _ in
      let begin = parts[part].lowerBound
      table.gemmOuter(
        Int64(p.m), Int64(p.n), Int64(parts[part].count), a.pointer + begin * p.aStep, Int64(p.aStep),
        b.pointer + begin * p.bStep, Int64(p.bStep), partial.pointer + part * size, Int64(p.n), false)
    }
    return parts.units == 1 ? [multiply] : [multiply, addParts(parts.units, size, partial, c)]
  }
}

/// C (m × n) = A (m × k) B (k × n), `batch` times, with the strides of A and B.
struct MatrixProduct {
  var batch: Int
  var m: Int
  var n: Int
  var k: Int
  var aRow: Int
  var aStep: Int
  var bStep: Int
  var bColumn: Int

  /// Whether the left factor's rows lie one after the other.
  var areRowsWhole: Bool { aRow == k && aStep == 1 }

  /// Whether it is worth while to add up outer products of rows: both factors have them next to each other, and there are
  /// many for few results.
  var isLong: Bool { batch == 1 && aRow == 1 && bColumn == 1 && k >= 1024 && k >= 4 * max(m, n) }
}
