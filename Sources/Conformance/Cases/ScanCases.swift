import SfumatoGraph

extension ConformanceCase {
  static let scans: [ConformanceCase] =
    DType.floats.flatMap { dtype in scanned.flatMap { scan(dtype, $0, $1, .normal) } }
    + [DType.i32, .u32].flatMap { dtype in
      scanned.every(3).flatMap { scan(dtype, $0, $1, .integers(0, 2_000_000_000)) }
    }

  private static let scanned: [(Shape, Int)] = [
    ([0], 0), ([1], 0), ([2], 0), ([63], 0), ([64], 0), ([65], 0), ([129], 0), ([1021], 0), ([4099], 0),
    ([5000, 3], 0), ([3, 0, 2], 1), ([0, 4], 1), ([3, 1, 5], 1), ([2, 65, 33], 1), ([3, 7, 127], 1),
    ([2, 2, 4097], 2), ([7, 129], 0), ([129, 7], 1), ([2, 3, 4, 5], 0), ([2, 3, 4, 5], 2), ([1, 300, 1], 1),
  ]

  private static func scan(
    _ dtype: DType, _ shape: Shape, _ axis: Int, _ distribution: Distribution
  ) -> [ConformanceCase] {
    [false, true].map { reversed in
      ConformanceCase(
        "cumsum", "axis \(axis)\(reversed ? ", reversed" : "")", inputs: [.init(dtype, shape, distribution)],
        maxOrder: dtype.isFloat ? 2 : 0
      ) { [try $0[0].cumsum(axis: axis, reversed: reversed)] }
    }
  }
}
