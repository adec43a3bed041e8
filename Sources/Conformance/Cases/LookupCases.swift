import SfumatoGraph

extension ConformanceCase {
  /// Lookups and their gradients; some indices lie outside.
  static let lookups: [ConformanceCase] =
    DType.floats.flatMap { dtype in
      lookupSizes.flatMap { [gather(dtype, $0, .normal), scatterAdd(dtype, $0)] }
    }
    + DType.others.flatMap { type in
      lookupSizes.every(4).map { gather(type.dtype, $0, type.distribution) }
    }

  /// (rows of the table, indices, elements of a row)
  private static let lookupSizes: [(rows: Int, count: Int, width: [Int])] = [
    (1, 1, [1]), (1, 7, [3]), (5, 9, [3]), (10, 4, [65]), (3, 200, [7]), (0, 3, [2]), (3, 0, [2]),
    (4, 4, [0]),
    (7, 31, []), (64, 33, []), (2, 1025, []), (31, 32, [1]), (33, 63, [2]), (63, 64, [4]), (65, 65, [5]),
    (127, 8, [16]), (128, 9, [17]), (129, 10, [31]), (2, 2, [257]), (2, 3, [1023]), (1000, 5, [3]),
    (5, 1000, [3]),
    (11, 13, [2, 3]), (3, 5, [4, 4, 3]), (17, 64, [33]), (1, 300, [5]),
  ]

  private static func indices(_ size: (rows: Int, count: Int, width: [Int])) -> Input {
    .init(.i32, [size.count], .integers(-1, size.rows))
  }

  private static func gather(
    _ dtype: DType, _ size: (rows: Int, count: Int, width: [Int]), _ distribution: Distribution
  ) -> ConformanceCase {
    ConformanceCase(
      "gather", inputs: [.init(dtype, Shape([size.rows] + size.width), distribution), indices(size)]
    ) { [try $0[0].gather($0[1])] }
  }

  private static func scatterAdd(_ dtype: DType, _ size: (rows: Int, count: Int, width: [Int]))
    -> ConformanceCase
  {
    ConformanceCase(
      "scatterAdd", "count \(size.rows)",
      inputs: [.init(dtype, Shape([size.count] + size.width)), indices(size)]
    ) { [try $0[0].scatterAdd($0[1], count: size.rows)] }
  }
}
