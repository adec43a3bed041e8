import SfumatoGraph

extension ConformanceCase {
  static let broadcasts: [ConformanceCase] =
    DType.floats.flatMap { dtype in broadcasted.map { broadcast(dtype, $0, $1, .normal) } }
    + DType.others.flatMap { type in
      broadcasted.every(4).map { broadcast(type.dtype, $0, $1, type.distribution) }
    }

  private static let broadcasted: [(Shape, Shape)] = [
    ([1], [0]), ([1], [1]), ([1], [9]), ([1], [64]), ([1], [127]), ([1], [1025]), ([1, 5], [3, 5]),
    ([1, 65], [31, 65]), ([1, 64], [33, 64]), ([3, 1], [3, 5]), ([65, 1], [65, 31]), ([64, 1], [64, 33]),
    ([1, 1], [17, 15]), ([2, 1, 4], [2, 3, 4]), ([1, 3, 1], [2, 3, 4]), ([1, 1, 1], [2, 3, 4]),
    ([2, 3, 1], [2, 3, 4]), ([1, 1, 4], [2, 3, 4]), ([2, 1, 4, 1], [2, 3, 4, 5]),
    ([1, 3, 1, 5], [2, 3, 4, 5]),
    ([2, 1, 1, 5], [2, 3, 4, 5]), ([1, 3], [0, 3]), ([0, 1], [0, 3]), ([1, 2, 1, 2, 1], [2, 2, 2, 2, 2]),
    ([2, 1, 2, 1, 2], [2, 2, 2, 2, 2]), ([1, 2, 1, 2, 1, 2], [3, 2, 3, 2, 3, 2]), ([251, 1], [251, 4]),
  ]

  private static func broadcast(
    _ dtype: DType, _ from: Shape, _ to: Shape, _ distribution: Distribution
  ) -> ConformanceCase {
    ConformanceCase("broadcast", "to \(to)", inputs: [.init(dtype, from, distribution)]) {
      [try $0[0].graph.apply(.broadcast(to), $0[0])]
    }
  }
}
