import SfumatoGraph

extension ConformanceCase {
  /// Convolutions and both gradients, as operations of their own.
  static let convolutions: [ConformanceCase] = DType.floats.flatMap { dtype in
    convolutionSizes.flatMap { convolutions(dtype, $0) }
  }

  /// Batch, height, width, in, out, kernel, stride, padding (top, left, bottom, right), groups.
  private struct Size {
    var batch: Int
    var geometry: ConvGeometry
    init(
      _ batch: Int, _ height: Int, _ width: Int, _ inChannels: Int, _ outChannels: Int, k kernel: (Int, Int),
      s stride: (Int, Int) = (1, 1), p padding: (Int, Int, Int, Int), g groups: Int = 1
    ) {
      self.batch = batch
      geometry = ConvGeometry(
        inputHeight: height, inputWidth: width, inChannels: inChannels, outChannels: outChannels,
        kernelHeight: kernel.0, kernelWidth: kernel.1, strideH: stride.0, strideW: stride.1,
        padTop: padding.0, padLeft: padding.1, padBottom: padding.2, padRight: padding.3, groups: groups)
    }
  }

  private static let convolutionSizes: [Size] = [
    .init(1, 1, 1, 1, 1, k: (1, 1), p: (0, 0, 0, 0)), .init(2, 5, 5, 3, 4, k: (3, 3), p: (1, 1, 1, 1)),
    .init(1, 8, 8, 4, 4, k: (3, 3), p: (1, 1, 1, 1)), .init(3, 16, 16, 8, 8, k: (3, 3), p: (1, 1, 1, 1)),
    .init(1, 32, 32, 3, 5, k: (3, 3), p: (1, 1, 1, 1)), .init(2, 7, 9, 5, 3, k: (1, 1), p: (0, 0, 0, 0)),
    .init(2, 8, 8, 6, 4, k: (3, 3), s: (2, 2), p: (1, 1, 1, 1)),
    .init(2, 8, 8, 6, 4, k: (3, 3), s: (2, 2), p: (0, 0, 1, 1)),
    .init(1, 9, 7, 2, 3, k: (3, 3), s: (2, 2), p: (1, 1, 1, 1)),
    .init(2, 6, 6, 4, 6, k: (3, 3), p: (1, 1, 1, 1), g: 2),
    .init(1, 5, 5, 4, 4, k: (3, 3), p: (1, 1, 1, 1), g: 4),
    .init(2, 8, 8, 8, 8, k: (4, 4), s: (2, 2), p: (1, 1, 1, 1)),
    .init(1, 6, 6, 3, 2, k: (5, 5), p: (2, 2, 2, 2)),
    .init(1, 4, 4, 2, 2, k: (3, 3), p: (0, 0, 0, 0)),
    .init(2, 3, 11, 3, 3, k: (3, 3), s: (3, 3), p: (1, 0, 2, 1)),
    .init(1, 2, 2, 65, 33, k: (3, 3), p: (1, 1, 1, 1)), .init(4, 8, 8, 16, 32, k: (3, 3), p: (1, 1, 1, 1)),
    .init(0, 4, 4, 2, 2, k: (3, 3), p: (1, 1, 1, 1)), .init(5, 4, 4, 7, 9, k: (3, 3), p: (1, 1, 1, 1)),
    .init(1, 10, 10, 4, 4, k: (2, 2), s: (2, 2), p: (0, 0, 0, 0)),
    .init(2, 5, 9, 3, 4, k: (1, 3), p: (0, 1, 0, 1)),
    .init(2, 9, 5, 3, 4, k: (3, 1), p: (1, 0, 1, 0)),
    .init(1, 7, 7, 2, 3, k: (3, 3), s: (1, 2), p: (1, 1, 1, 1)),
    .init(1, 7, 8, 2, 3, k: (3, 5), s: (2, 1), p: (1, 2, 1, 2)),
    .init(1, 3, 3, 2, 2, k: (7, 7), p: (3, 3, 3, 3)),
    .init(1, 1, 65, 1, 1, k: (1, 9), p: (0, 4, 0, 4)),
    .init(2, 6, 6, 6, 9, k: (3, 3), s: (2, 2), p: (1, 1, 1, 1), g: 3),
    .init(1, 1, 1, 3, 130, k: (1, 1), p: (0, 0, 0, 0)), .init(1, 31, 33, 1, 2, k: (3, 3), p: (1, 1, 1, 1)),
  ]

  private static func convolutions(_ dtype: DType, _ size: Size) -> [ConformanceCase] {
    let geometry = size.geometry
    let x = Input(dtype, geometry.inputShape(batch: size.batch)), w = Input(dtype, geometry.weightShape)
    let y = Input(dtype, geometry.outputShape(batch: size.batch))
    return [
      (Op.conv(geometry), [x, w]), (.convGradInput(geometry), [y, w]), (.convGradWeight(geometry), [x, y]),
    ].map { op, inputs in
      ConformanceCase(op.name, "\(geometry)", inputs: inputs) { try $0[0].graph.applyAll(op, $0) }
    }
  }
}
