import SfumatoGraph

func matmul(_ a: Operand, _ b: Operand, _ transposeA: Bool, _ transposeB: Bool) -> [Double] {
  let rank = a.shape.rank
  let (m, k) = transposeA ? (a.shape[rank - 1], a.shape[rank - 2]) : (a.shape[rank - 2], a.shape[rank - 1])
  let n = transposeB ? b.shape[rank - 2] : b.shape[rank - 1]
  let batch = a.shape.dimensions.dropLast(2).reduce(1, *)
  var result = [Double](repeating: 0, count: batch * m * n)
  a.elements.withUnsafeBufferPointer { a in
    b.elements.withUnsafeBufferPointer { b in
      for (i, row, column) in triples(batch, m, n) {
        var sum = 0.0
        for l in 0..<k {
          let x = a[i * m * k + (transposeA ? l * m + row : row * k + l)]
          let y = b[i * k * n + (transposeB ? column * k + l : l * n + column)]
          sum += x * y
        }
        result[(i * m + row) * n + column] = sum
      }
    }
  }
  return result
}

private func triples(_ a: Int, _ b: Int, _ c: Int) -> some Sequence<(Int, Int, Int)> {
  (0..<a * b * c).lazy.map { ($0 / (b * c), $0 / c % b, $0 % c) }
}

/// Calls `body` with the offsets (in x, in w, in y) of every product that a convolution of `batch` images is a sum of.
private func forEachProduct(_ g: ConvGeometry, batch: Int, _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
  let perGroup = g.inChannels / g.groups, outPerGroup = g.outChannels / g.groups
  for n in 0..<batch {
    for p in 0..<g.outputHeight {
      for q in 0..<g.outputWidth {
        let y = ((n * g.outputHeight + p) * g.outputWidth + q) * g.outChannels
        for r in 0..<g.kernelHeight {
          let h = p * g.strideH + r - g.padTop
          guard (0..<g.inputHeight).contains(h) else { continue }
          for s in 0..<g.kernelWidth {
            let v = q * g.strideW + s - g.padLeft
            guard (0..<g.inputWidth).contains(v) else { continue }
            let x = ((n * g.inputHeight + h) * g.inputWidth + v) * g.inChannels
            for o in 0..<g.outChannels {
              let w = ((o * g.kernelHeight + r) * g.kernelWidth + s) * perGroup
              let channel = x + o / outPerGroup * perGroup
              for c in 0..<perGroup { body(channel + c, w + c, y + o) }
            }
          }
        }
      }
    }
  }
}

func conv(_ x: [Double], _ w: [Double], _ g: ConvGeometry) -> [Double] {
  let batch = x.count / g.inputShape(batch: 1).count
  var y = [Double](repeating: 0, count: g.outputShape(batch: batch).count)
  accumulate(x, w, into: &y) { x, w, y in forEachProduct(g, batch: batch) { y[$2] += x[$0] * w[$1] } }
  return y
}

func convGradInput(_ dy: [Double], _ w: [Double], _ g: ConvGeometry) -> [Double] {
  let batch = dy.count / g.outputShape(batch: 1).count
  var dx = [Double](repeating: 0, count: g.inputShape(batch: batch).count)
  accumulate(dy, w, into: &dx) { dy, w, dx in forEachProduct(g, batch: batch) { dx[$0] += dy[$2] * w[$1] } }
  return dx
}

func convGradWeight(_ x: [Double], _ dy: [Double], _ g: ConvGeometry) -> [Double] {
  let batch = x.count / g.inputShape(batch: 1).count
  var dw = [Double](repeating: 0, count: g.weightShape.count)
  accumulate(x, dy, into: &dw) { x, dy, dw in forEachProduct(g, batch: batch) { dw[$1] += x[$0] * dy[$2] } }
  return dw
}

private func accumulate(
  _ a: [Double], _ b: [Double], into result: inout [Double],
  _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) ->
    Void
) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in result.withUnsafeMutableBufferPointer { body(a, b, $0) } }
  }
}
