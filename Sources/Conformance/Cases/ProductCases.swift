import SfumatoGraph

extension ConformanceCase {
  /// Matrix products and convolutions.
  public static let products: [ConformanceCase] = matmuls + convolutions

  private static let matmuls: [ConformanceCase] = {
    let sizes: [([Int], Int, Int, Int)] = [
      ([], 1, 1, 1), ([], 1, 7, 1), ([], 5, 1, 3), ([], 7, 13, 5), ([], 16, 16, 16), ([], 17, 31, 33),
      ([], 64, 64, 64),
      ([], 65, 63, 129), ([], 128, 9, 3), ([3], 5, 6, 7), ([2, 4], 16, 8, 16), ([0], 2, 3, 4), ([], 3, 0, 2),
      ([5], 33, 17, 1),
      ([], 4, 1500, 4),
    ]
    return sizes.flatMap { batch, m, k, n in
      [(false, false), (true, false), (false, true), (true, true)].map { transposeA, transposeB in
        ConformanceCase(
          "matmul", "\(transposeA ? "T" : "N")\(transposeB ? "T" : "N")",
          inputs: [
            .init(.f32, Shape(batch + (transposeA ? [k, m] : [m, k]))),
            .init(.f32, Shape(batch + (transposeB ? [n, k] : [k, n]))),
          ]
        ) { [try $0[0].matmul($0[1], transposeA: transposeA, transposeB: transposeB)] }
      }
    }
  }()

  /// (batch, height, width, in, out, kernel, stride, padding top-left-bottom-right, groups)
  private static let convolutionSizes: [(Int, Int, Int, Int, Int, Int, Int, (Int, Int, Int, Int), Int)] = [
    (1, 1, 1, 1, 1, 1, 1, (0, 0, 0, 0), 1), (2, 5, 5, 3, 4, 3, 1, (1, 1, 1, 1), 1),
    (1, 8, 8, 4, 4, 3, 1, (1, 1, 1, 1), 1),
    (3, 16, 16, 8, 8, 3, 1, (1, 1, 1, 1), 1), (1, 32, 32, 3, 5, 3, 1, (1, 1, 1, 1), 1),
    (2, 7, 9, 5, 3, 1, 1, (0, 0, 0, 0), 1),
    (2, 8, 8, 6, 4, 3, 2, (1, 1, 1, 1), 1), (2, 8, 8, 6, 4, 3, 2, (0, 0, 1, 1), 1),
    (1, 9, 7, 2, 3, 3, 2, (1, 1, 1, 1), 1),
    (2, 6, 6, 4, 6, 3, 1, (1, 1, 1, 1), 2), (1, 5, 5, 4, 4, 3, 1, (1, 1, 1, 1), 4),
    (2, 8, 8, 8, 8, 4, 2, (1, 1, 1, 1), 1),
    (1, 6, 6, 3, 2, 5, 1, (2, 2, 2, 2), 1), (1, 4, 4, 2, 2, 3, 1, (0, 0, 0, 0), 1),
    (2, 3, 11, 3, 3, 3, 3, (1, 0, 2, 1), 1),
    (1, 2, 2, 65, 33, 3, 1, (1, 1, 1, 1), 1), (4, 8, 8, 16, 32, 3, 1, (1, 1, 1, 1), 1),
    (0, 4, 4, 2, 2, 3, 1, (1, 1, 1, 1), 1),
    (5, 4, 4, 7, 9, 3, 1, (1, 1, 1, 1), 1), (1, 10, 10, 4, 4, 2, 2, (0, 0, 0, 0), 1),
  ]

  private static let convolutions: [ConformanceCase] = convolutionSizes.flatMap { size -> [ConformanceCase] in
    let (batch, height, width, inChannels, outChannels, kernel, stride, padding, groups) = size
    let geometry = ConvGeometry(
      inputHeight: height, inputWidth: width, inChannels: inChannels, outChannels: outChannels,
      kernelHeight: kernel,
      kernelWidth: kernel, strideH: stride, strideW: stride, padTop: padding.0, padLeft: padding.1,
      padBottom: padding.2,
      padRight: padding.3, groups: groups)
    let x = Input(.f32, geometry.inputShape(batch: batch)), w = Input(.f32, geometry.weightShape)
    let y = Input(.f32, geometry.outputShape(batch: batch))
    return [
      (Op.conv(geometry), [x, w]), (.convGradInput(geometry), [y, w]), (.convGradWeight(geometry), [x, y]),
    ].map { op, inputs in
      ConformanceCase(op.name, "\(geometry)", inputs: inputs) { try $0[0].graph.applyAll(op, $0) }
    }
  }
}
