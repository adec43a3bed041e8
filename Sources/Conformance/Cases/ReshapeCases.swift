import SfumatoGraph

extension ConformanceCase {
  static let reshapes: [ConformanceCase] =
    DType.floats.flatMap { dtype in
      reshapeShapes.map { reshape(dtype, $0, $1) } + sizes.map { stopped(dtype, [$0]) }
    }
    + DType.others.flatMap { type in
      reshapeShapes.every(3).map { reshape(type.dtype, $0, $1, type.distribution) }
    }

  private static let reshapeShapes: [(from: Shape, to: Shape)] = [
    ([], [1]), ([1], []), ([1, 1, 1], [1]), ([6], [2, 3]), ([2, 3], [3, 2]), ([2, 3], [6]), ([0], [0, 5]),
    ([3, 0, 2], [0]), ([4, 4], [2, 8]), ([64], [8, 8]), ([63], [7, 9]), ([65], [5, 13]), ([31], [31, 1]),
    ([33], [3, 11]), ([127], [1, 127]), ([128], [2, 4, 16]), ([129], [43, 3]), ([2, 3, 4, 5], [6, 20]),
    ([2, 3, 4, 5], [5, 4, 3, 2]), ([255], [15, 17]), ([256], [16, 16]), ([257], [257, 1, 1]),
    ([1023], [33, 31]), ([1025], [25, 41]), ([2, 2, 2, 2, 2, 2], [64]), ([16, 64], [4, 4, 4, 16]),
  ]

  /// The tensor itself in another shape, and what is computed from it there.
  private static func reshape(
    _ dtype: DType, _ from: Shape, _ to: Shape, _ distribution: Distribution = .normal
  ) -> ConformanceCase {
    ConformanceCase("reshape", "to \(to)", inputs: [.init(dtype, from, distribution)]) {
      let reshaped = try $0[0].reshape(to)
      return dtype.isFloat ? [reshaped, try (reshaped * 3).reshape(from)] : [reshaped]
    }
  }

  private static func stopped(_ dtype: DType, _ shape: Shape) -> ConformanceCase {
    ConformanceCase("stopGradient", inputs: [.init(dtype, shape)]) {
      let stopped = try $0[0].stopGradient()
      return [stopped, try stopped * $0[0]]
    }
  }
}
