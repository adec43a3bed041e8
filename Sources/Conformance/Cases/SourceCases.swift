import SfumatoGraph

extension ConformanceCase {
  /// Operations that make elements.
  static let sources: [ConformanceCase] = iotas + randoms + constants

  private static let sourceShapes: [Shape] = [
    [0], [1], [2], [7], [31], [32], [33], [63], [64], [65], [127], [128], [129], [255], [256], [257], [1023],
    [1025],
    [3, 5], [5, 3], [64, 3], [3, 65], [3, 4, 5], [2, 3, 4, 5], [4, 128], [65_537], [3, 0],
  ]

  private static let iotas: [ConformanceCase] = sourceShapes.flatMap { shape in
    (0..<shape.rank).map { axis in
      ConformanceCase("iota", "axis \(axis) \(shape)", inputs: [.init(.f32, [1])], dtype: .i32) {
        let iota = try $0[0].graph.iota(axis: axis, shape)
        return [iota, try iota.cast(.f32)]
      }
    }
  }

  /// Words of several lengths and purposes, from the first row on and from later ones.
  private static let randoms: [ConformanceCase] = sourceShapes.enumerated().map { index, shape in
    let bits = [32, 24, 23, 8, 1][index % 5], purpose = UInt32(index * 7)
    return ConformanceCase(
      "randomBits", "\(bits) bits \(shape)", inputs: [.init(.u32, [5], .integers(0, 100_000))]
    ) { [try $0[0].randomBits(purpose: purpose, bits: bits, shape)] }
  }

  private static let constants: [ConformanceCase] = (DType.floats + DType.others.map(\.dtype)).flatMap {
    dtype in
    sourceShapes.map { shape in
      ConformanceCase("constant", "\(shape)", inputs: [.init(.f32, [1])], dtype: dtype, maxOrder: 0) {
        let graph = $0[0].graph
        let numbers = (0..<shape.count).map { Double(dtype == .bool ? $0 % 2 : $0 % 101) }
        return [try graph.constant(numbers, dtype, shape), try graph.constant(1, dtype, shape)]
      }
    }
  }
}
