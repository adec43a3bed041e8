import SfumatoGraph

extension ConformanceCase {
  static let transposes: [ConformanceCase] =
    DType.floats.flatMap { dtype in transposed.map { transpose(dtype, $0, $1, .normal) } }
    + DType.others.flatMap { type in
      transposed.every(4).map { transpose(type.dtype, $0, $1, type.distribution) }
    }

  private static let transposed: [(Shape, [Int])] = [
    ([1, 1], [1, 0]), ([5, 7], [1, 0]), ([1, 9], [1, 0]), ([9, 1], [1, 0]), ([31, 33], [1, 0]),
    ([32, 32], [1, 0]),
    ([33, 65], [1, 0]), ([64, 64], [1, 0]), ([127, 3], [1, 0]), ([2, 255], [1, 0]), ([0, 3], [1, 0]),
    ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [1, 2, 0]),
    ([2, 3, 4], [2, 1, 0]), ([5, 1, 7], [2, 0, 1]), ([3, 16, 4, 8], [0, 2, 1, 3]),
    ([2, 5, 5, 3], [0, 3, 1, 2]),
    ([2, 3, 5, 5], [0, 2, 3, 1]), ([2, 3, 4, 5], [3, 2, 1, 0]), ([2, 3, 4, 5], [2, 3, 0, 1]),
    ([2, 3, 2, 3, 2], [4, 0, 3, 1, 2]), ([3, 2, 1, 4, 2], [1, 0, 2, 4, 3]), ([2, 0, 4], [2, 1, 0]),
    ([2, 3, 2, 2, 3, 2], [5, 1, 4, 0, 3, 2]), ([17, 61], [1, 0]),
  ]

  private static func transpose(
    _ dtype: DType, _ shape: Shape, _ permutation: [Int], _ distribution: Distribution
  ) -> ConformanceCase {
    ConformanceCase("transpose", "\(permutation)", inputs: [.init(dtype, shape, distribution)]) {
      [try $0[0].transpose(permutation)]
    }
  }
}
