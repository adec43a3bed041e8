import SfumatoGraph

extension ConformanceCase {
  static let slices: [ConformanceCase] =
    DType.floats.flatMap { dtype in sliced.map { slice(dtype, $0, .normal) } }
    + DType.others.flatMap { type in sliced.every(3).map { slice(type.dtype, $0, type.distribution) } }

  private struct Slice {
    var shape: Shape
    var starts: [Int]
    var limits: [Int]
    var strides: [Int]
    init(_ shape: Shape, _ starts: [Int], _ limits: [Int], _ strides: [Int]) {
      self.shape = shape
      self.starts = starts
      self.limits = limits
      self.strides = strides
    }
  }

  private static let sliced: [Slice] = [
    .init([10], [2], [7], [1]), .init([10], [1], [10], [3]), .init([10], [4], [4], [1]),
    .init([10], [0], [10], [1]), .init([10], [9], [10], [1]), .init([10], [0], [10], [7]),
    .init([65], [1], [65], [1]), .init([65], [0], [64], [1]), .init([129], [1], [128], [2]),
    .init([257], [0], [257], [2]), .init([1025], [1024], [1025], [1]), .init([1024], [3], [1021], [5]),
    .init([4, 6], [1, 0], [3, 6], [1, 1]), .init([4, 6], [0, 2], [4, 5], [1, 1]),
    .init([4, 6], [1, 1], [4, 6], [2, 3]), .init([4, 6], [0, 5], [4, 6], [1, 1]),
    .init([33, 31], [1, 1], [32, 30], [1, 1]), .init([64, 3], [0, 1], [64, 2], [1, 1]),
    .init([2, 5, 5, 3], [0, 1, 0, 1], [2, 4, 5, 3], [1, 2, 2, 1]),
    .init([2, 6, 6, 3], [0, 0, 0, 0], [2, 6, 6, 3], [1, 2, 2, 1]),
    .init([2, 6, 6, 3], [0, 1, 1, 0], [2, 6, 6, 3], [1, 2, 2, 1]),
    .init([1, 8, 3], [0, 2, 0], [1, 5, 3], [1, 1, 1]), .init([3, 8, 3], [1, 2, 0], [2, 5, 3], [1, 1, 1]),
    .init([0, 4], [0, 1], [0, 3], [1, 1]),
    .init([2, 3, 2, 3, 2], [1, 0, 0, 1, 0], [2, 3, 2, 3, 2], [1, 2, 1, 1, 1]),
    .init([5, 7], [0, 0], [5, 7], [6, 8]), .init([127], [63], [65], [1]),
  ]

  /// The slice itself, which may be a view, and what is computed from it.
  private static func slice(_ dtype: DType, _ slice: Slice, _ distribution: Distribution) -> ConformanceCase {
    let op = Op.slice(starts: slice.starts, limits: slice.limits, strides: slice.strides)
    return ConformanceCase(
      "slice", "\(slice.starts) \(slice.limits) \(slice.strides)",
      inputs: [.init(dtype, slice.shape, distribution)]
    ) {
      let part = try $0[0].graph.apply(op, $0[0])
      return dtype.isFloat ? [part, try part * 2] : [part]
    }
  }
}
