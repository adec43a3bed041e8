import SfumatoGraph

extension ConformanceCase {
  static let concats: [ConformanceCase] =
    DType.floats.flatMap { dtype in concatenated.map { concat(dtype, $0, $1, .normal) } }
    + DType.others.flatMap { type in
      concatenated.every(3).map { concat(type.dtype, $0, $1, type.distribution) }
    }

  private static let concatenated: [([Shape], Int)] = [
    ([[3], [4]], 0), ([[1], [1]], 0), ([[0], [5]], 0), ([[5], [0]], 0), ([[31], [33]], 0), ([[64], [1]], 0),
    ([[127], [130]], 0), ([[1024], [1]], 0), ([[1], [1], [1], [1], [1], [1], [1]], 0),
    ([[2, 3], [2, 1], [2, 5]], 1), ([[2, 3], [1, 3]], 0), ([[1, 3], [1, 5]], 1), ([[65, 1], [65, 2]], 1),
    ([[33, 31], [33, 33]], 1), ([[0, 2], [3, 2]], 0), ([[2, 0], [2, 3]], 1), ([[3, 0], [3, 0]], 1),
    ([[2, 2, 3], [2, 5, 3]], 1), ([[2, 3, 2], [2, 3, 7]], 2), ([[2, 4, 4, 3], [2, 4, 4, 5]], 3),
    ([[2, 4, 4, 3], [2, 4, 1, 3]], 2), ([[2, 4, 4, 3], [2, 1, 4, 3]], 1),
    ([[1, 4, 4, 3], [2, 4, 4, 3]], 0),
    ([[1, 1, 7], [1, 1, 2]], 2), ([[2, 2, 1, 2, 2], [2, 2, 3, 2, 2]], 2), ([[255, 2], [2, 2]], 0),
  ]

  /// The operands as they are, and results placed right inside the whole.
  private static func concat(
    _ dtype: DType, _ shapes: [Shape], _ axis: Int, _ distribution: Distribution
  ) -> ConformanceCase {
    ConformanceCase("concat", "axis \(axis)", inputs: shapes.map { .init(dtype, $0, distribution) }) {
      let whole = try Tensor.concat($0, axis: axis)
      return dtype.isFloat ? [whole, try .concat($0.map { try $0 * 3 }, axis: axis)] : [whole]
    }
  }
}
