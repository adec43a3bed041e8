import SfumatoGraph

/// A pass of a convolution by its definition: every result is one float32 accumulator, to which products are added in the order of
/// the loops. What the rounding of faster algorithms is held against.
struct DirectConvolution {
  let geometry: ConvGeometry
  let pass: ConvolutionPass

  /// - Parameters:
  ///   - a, b: the operands of the pass, as `ConvolutionPass.operands` has them.
  /// - Returns: the elements of its result.
  func callAsFunction(_ a: [Float], _ b: [Float], batch: Int) -> [Float] {
    let g = geometry
    let taps = g.kernelHeight * g.kernelWidth * g.inChannels
    let count =
      switch pass {
      case .forward: g.outputShape(batch: batch).count
      case .gradInput: g.inputShape(batch: batch).count
      case .gradWeight: g.weightShape.count
      }
    var result = [Float](repeating: 0, count: count)
    result.withUnsafeMutableBufferPointer { result in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          forEachRun(batch: batch) { x, weight, y in
            for channel in 0..<g.outChannels {
              let w = channel * taps + weight
              switch pass {
              case .forward:
                var sum = result[y + channel]
                for i in 0..<g.inChannels { sum += a[x + i] * b[w + i] }
                result[y + channel] = sum
              case .gradInput:
                let gradient = a[y + channel]
                for i in 0..<g.inChannels { result[x + i] += gradient * b[w + i] }
              case .gradWeight:
                let gradient = b[y + channel]
                for i in 0..<g.inChannels { result[w + i] += a[x + i] * gradient }
              }
            }
          }
        }
      }
    }
    return result
  }

  /// Calls `body` for each output pixel and each of its taps that is inside of the image, with where the pixel of the image, the
  /// tap of the first output channel and the output pixel begin.
  private func forEachRun(batch: Int, _ body: (_ x: Int, _ weight: Int, _ y: Int) -> Void) {
    let g = geometry
    for n in 0..<batch {
      for row in 0..<g.outputHeight {
        for column in 0..<g.outputWidth {
          let y = ((n * g.outputHeight + row) * g.outputWidth + column) * g.outChannels
          for tapRow in 0..<g.kernelHeight {
            let inputRow = row * g.strideH + tapRow - g.padTop
            guard (0..<g.inputHeight).contains(inputRow) else { continue }
            for tapColumn in 0..<g.kernelWidth {
              let inputColumn = column * g.strideW + tapColumn - g.padLeft
              guard (0..<g.inputWidth).contains(inputColumn) else { continue }
              let x = ((n * g.inputHeight + inputRow) * g.inputWidth + inputColumn) * g.inChannels
              body(x, (tapRow * g.kernelWidth + tapColumn) * g.inChannels, y)
            }
          }
        }
      }
    }
  }
}
