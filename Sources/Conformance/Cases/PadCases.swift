import SfumatoGraph

extension ConformanceCase {
  static let pads: [ConformanceCase] =
    DType.floats.flatMap { dtype in padded.map { pad(dtype, $0, .normal) } }
    + DType.others.flatMap { type in padded.every(3).map { pad(type.dtype, $0, type.distribution) } }

  private struct Pad {
    var shape: Shape
    var low: [Int]
    var high: [Int]
    var interior: [Int]
    init(_ shape: Shape, _ low: [Int], _ high: [Int], _ interior: [Int]) {
      self.shape = shape
      self.low = low
      self.high = high
      self.interior = interior
    }
  }

  private static let padded: [Pad] = [
    .init([5], [1], [2], [0]), .init([5], [0], [0], [2]), .init([5], [3], [0], [0]),
    .init([5], [0], [3], [0]),
    .init([1], [0], [0], [9]), .init([1], [31], [32], [0]), .init([63], [1], [0], [0]),
    .init([64], [0], [1], [0]),
    .init([127], [1], [1], [0]), .init([129], [0], [0], [1]), .init([255], [1], [1], [3]),
    .init([1024], [1], [0], [0]), .init([3, 4], [1, 0], [0, 2], [0, 1]),
    .init([3, 4], [0, 0], [0, 0], [1, 1]),
    .init([33, 31], [1, 1], [1, 1], [0, 0]), .init([1, 1], [3, 3], [3, 3], [5, 5]),
    .init([2, 3, 3, 2], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]),
    .init([2, 3, 3, 2], [0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]),
    .init([2, 3, 3, 2], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0]),
    .init([1, 4, 4, 3], [0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 1, 0]),
    .init([2, 5, 5, 1], [1, 0, 0, 1], [1, 0, 0, 1], [2, 0, 0, 0]), .init([0, 3], [2, 0], [1, 0], [0, 0]),
    .init([0], [4], [3], [2]), .init([3, 0, 2], [0, 1, 0], [0, 1, 0], [1, 1, 1]),
    .init([2, 2, 2, 2, 2], [1, 0, 1, 0, 1], [0, 1, 0, 1, 0], [0, 1, 0, 1, 0]),
    .init([257], [0], [0], [254]), .init([17, 3], [0, 61], [0, 0], [0, 0]),
  ]

  private static func pad(_ dtype: DType, _ pad: Pad, _ distribution: Distribution) -> ConformanceCase {
    ConformanceCase(
      "pad", "\(pad.low) \(pad.high) \(pad.interior)", inputs: [.init(dtype, pad.shape, distribution)]
    ) { [try $0[0].pad(low: pad.low, high: pad.high, interior: pad.interior)] }
  }
}
