import SfumatoGraph

extension ConformanceCase {
  /// Operations that move, repeat or combine elements along axes.
  public static let movement: [ConformanceCase] =
    reductions + transposes + broadcasts + slicesAndPads + concats + lookups + sources

  private static let reductions: [ConformanceCase] = {
    let shapes: [(Shape, [Int])] = [
      ([1], [0]), ([7], [0]), ([1024], [0]), ([4099], [0]), ([70_001], [0]), ([0, 3], [0]), ([3, 0], [0]),
      ([5, 7], [0]), ([5, 7], [1]), ([129, 65], [0]), ([129, 65], [1]), ([3, 4, 5], [1]),
      ([3, 4, 5], [0, 2]),
      ([2, 9, 8, 33], [1, 2]), ([2, 9, 8, 33], [0, 1, 2]), ([2, 9, 8, 33], [3]), ([4, 3, 2, 5, 3], [1, 3]),
      ([1000, 3], [0]), ([3, 1, 5], [1]),
    ]
    return shapes.flatMap { shape, axes in
      [ReduceOp.sum, .max].compactMap { op in
        if op == .max, shape.count == 0 { return nil }
        return ConformanceCase(
          op == .sum ? "reduceSum" : "reduceMax", "\(axes)", inputs: [.init(.f32, shape)],
          maxOrder: op == .sum ? 2 : 1
        ) { [try $0[0].graph.apply(.reduce(op, axes: axes), $0[0])] }
      }
    }
      + [
        ConformanceCase("reduceMax", "special values", inputs: [.init(.f32, [31, 5], .special)], maxOrder: 0)
        {
          [try $0[0].reduceMax([1])]
        },
        ConformanceCase(
          "reduceSum", "i32", inputs: [.init(.i32, [31, 5], .integers(-9, 9))], tolerance: 0, maxOrder: 0
        ) {
          [try $0[0].reduceSum([0])]
        },
      ]
  }()

  private static let transposes: [ConformanceCase] = [
    ([1, 1], [1, 0]), ([5, 7], [1, 0]), ([33, 65], [1, 0]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4], [0, 2, 1]),
    ([3, 16, 4, 8], [0, 2, 1, 3]), ([2, 3, 4, 5], [3, 2, 1, 0]), ([2, 3, 2, 3, 2], [4, 0, 3, 1, 2]),
    ([0, 3], [1, 0]),
    ([2, 3, 2, 2, 3, 2], [5, 1, 4, 0, 3, 2]),
  ].map { (shape: Shape, permutation: [Int]) in
    ConformanceCase("transpose", "\(permutation)", inputs: [.init(.f32, shape)]) {
      [try $0[0].transpose(permutation)]
    }
  }

  private static let broadcasts: [ConformanceCase] = [
    ([1], [9]), ([1, 5], [3, 5]), ([3, 1], [3, 5]), ([2, 1, 4], [2, 3, 4]), ([1, 1, 1], [2, 3, 4]),
    ([2, 1, 4, 1], [2, 3, 4, 5]),
    ([1, 3], [0, 3]),
  ].map { (from: Shape, to: Shape) in
    ConformanceCase("broadcast", "to \(to)", inputs: [.init(.f32, from)]) { [try $0[0].broadcast(to)] }
  }

  private static let slicesAndPads: [ConformanceCase] = {
    let slices: [(Shape, [Int], [Int], [Int])] = [
      ([10], [2], [7], [1]), ([10], [1], [10], [3]), ([10], [4], [4], [1]),
      ([4, 6], [1, 0], [3, 6], [1, 1]),
      ([4, 6], [0, 2], [4, 5], [1, 1]), ([4, 6], [1, 1], [4, 6], [2, 3]),
      ([2, 5, 5, 3], [0, 1, 0, 1], [2, 4, 5, 3], [1, 2, 2, 1]),
      ([1, 8, 3], [0, 2, 0], [1, 5, 3], [1, 1, 1]),
    ]
    let pads: [(Shape, [Int], [Int], [Int])] = [
      ([5], [1], [2], [0]), ([5], [0], [0], [2]), ([3, 4], [1, 0], [0, 2], [0, 1]),
      ([2, 3, 3, 2], [0, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 0]),
      ([2, 3, 3, 2], [0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]), ([0, 3], [2, 0], [1, 0], [0, 0]),
      ([1, 1], [3, 3], [3, 3], [5, 5]),
    ]
    return slices.map { shape, starts, limits, strides in
      ConformanceCase("slice", "\(starts) \(limits) \(strides)", inputs: [.init(.f32, shape)]) {
        [try $0[0].slice(starts: starts, limits: limits, strides: strides) * 2]
      }
    }
      + pads.map { shape, low, high, interior in
        ConformanceCase("pad", "\(low) \(high) \(interior)", inputs: [.init(.f32, shape)]) {
          [try $0[0].pad(low: low, high: high, interior: interior)]
        }
      }
  }()

  private static let concats: [ConformanceCase] = [
    ([[3], [4]], 0), ([[2, 3], [2, 1], [2, 5]], 1), ([[2, 3], [1, 3]], 0),
    ([[2, 4, 4, 3], [2, 4, 4, 5]], 3), ([[0, 2], [3, 2]], 0),
    ([[2, 2, 3], [2, 5, 3]], 1), ([[1], [1], [1], [1], [1], [1], [1]], 0),
  ].map { (shapes: [Shape], axis: Int) in
    ConformanceCase("concat", "axis \(axis)", inputs: shapes.map { .init(.f32, $0) }) {
      [try Tensor.concat($0, axis: axis), try Tensor.concat($0.map { try $0 * 3 }, axis: axis)]
    }
  }

  private static let lookups: [ConformanceCase] = [(1, 1, 1), (5, 9, 3), (10, 4, 65), (3, 200, 7)].flatMap {
    rows, count, width in
    [
      ConformanceCase(
        "gather", inputs: [.init(.f32, [rows, width]), .init(.i32, [count], .integers(-1, rows))]
      ) { [try $0[0].gather($0[1])] },
      ConformanceCase(
        "scatterAdd", inputs: [.init(.f32, [count, width]), .init(.i32, [count], .integers(-1, rows))]
      ) { [try $0[0].scatterAdd($0[1], count: rows)] },
    ]
  }

  private static let sources: [ConformanceCase] = [
    ConformanceCase("iota", inputs: [.init(.f32, [3, 4, 5])], maxOrder: 0) {
      let graph = $0[0].graph
      return [
        try graph.iota(axis: 0, [3, 4, 5]), try graph.iota(axis: 1, [3, 4, 5]),
        try graph.iota(axis: 2, [3, 4, 5]),
        try graph.iota(axis: 0, [1000]).cast(.f32),
      ]
    },
    ConformanceCase(
      "randomBits", inputs: [.init(.u32, [5], .integers(0, 2_000_000_000))], tolerance: 0, maxOrder: 0
    ) {
      [
        try $0[0].randomBits(purpose: 4, bits: 32, [1]), try $0[0].randomBits(purpose: 4, bits: 23, [1023]),
        try $0[0].randomBits(purpose: 5, bits: 8, [3, 7, 5]),
        try $0[0].randomBits(purpose: 5, bits: 32, [4, 128]),
      ]
    },
    ConformanceCase("constant", inputs: [.init(.f32, [6])]) {
      [
        try $0[0] * $0[0].graph.constant([1, 2, 3, 4, 5, 6], .f32, [6]),
        try $0[0].graph.constant([4, 3, 2], .i32, [3]),
      ]
    },
  ]
}
