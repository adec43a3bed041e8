import SfumatoGraph

extension ConformanceCase {
  static let matmuls: [ConformanceCase] = DType.floats.flatMap { dtype in
    matmulSizes.flatMap { size in
      [(false, false), (true, false), (false, true), (true, true)].map { matmul(dtype, size, $0, $1) }
    }
  }

  private static let matmulSizes: [(batch: [Int], m: Int, k: Int, n: Int)] = [
    ([], 1, 1, 1), ([], 1, 7, 1), ([], 5, 1, 3), ([], 7, 13, 5), ([], 16, 16, 16), ([], 17, 31, 33),
    ([], 1, 64, 65), ([], 65, 64, 1), ([], 31, 32, 33), ([], 63, 3, 65), ([], 32, 128, 32), ([], 64, 64, 64),
    ([], 65, 63, 129), ([], 128, 9, 3), ([3], 5, 6, 7), ([2, 4], 16, 8, 16), ([0], 2, 3, 4), ([], 3, 0, 2),
    ([], 0, 3, 2), ([5], 33, 17, 1), ([7], 1, 1, 1), ([2], 31, 65, 15), ([3, 1], 9, 9, 9), ([], 257, 2, 5),
    ([], 2, 5, 257), ([], 4, 1500, 4), ([65], 2, 3, 2),
  ]

  private static func matmul(
    _ dtype: DType, _ size: (batch: [Int], m: Int, k: Int, n: Int), _ transposeA: Bool, _ transposeB: Bool
  ) -> ConformanceCase {
    let (batch, m, k, n) = size
    return ConformanceCase(
      "matmul", "\(transposeA ? "T" : "N")\(transposeB ? "T" : "N")",
      inputs: [
        .init(dtype, Shape(batch + (transposeA ? [k, m] : [m, k]))),
        .init(dtype, Shape(batch + (transposeB ? [n, k] : [k, n]))),
      ]
    ) { [try $0[0].matmul($0[1], transposeA: transposeA, transposeB: transposeB)] }
  }
}
