import SfumatoGraph

extension ConformanceCase {
  static let reductions: [ConformanceCase] = DType.floats.flatMap { floats($0) } + wholeReductions

  private static let reductionShapes: [(Shape, [Int])] = [
    ([1], [0]), ([2], [0]), ([7], [0]), ([64], [0]), ([127], [0]), ([257], [0]), ([1024], [0]), ([4099], [0]),
    ([70_001], [0]), ([0, 3], [0]), ([3, 0], [0]), ([5, 7], [0]), ([5, 7], [1]), ([129, 65], [0]),
    ([129, 65], [1]), ([65, 1], [0]), ([1, 65], [1]), ([3, 4, 5], [1]), ([3, 4, 5], [0, 2]),
    ([2, 9, 8, 33], [1, 2]), ([2, 9, 8, 33], [0, 1, 2]), ([2, 9, 8, 33], [3]), ([4, 3, 2, 5, 3], [1, 3]),
    ([1000, 3], [0]), ([3, 1, 5], [1]), ([3, 1000], [1]), ([2, 2, 2, 2, 2, 2], [0, 2, 4]),
  ]

  private static func floats(_ dtype: DType) -> [ConformanceCase] {
    let plain = reductionShapes.flatMap { shape, axes in
      [ReduceOp.sum, .max].compactMap { op -> ConformanceCase? in
        if op == .max, shape.count == 0 { return nil }
        // Equal elements share the gradient of a maximum; where they are equal by rounding only, no gradient is right.
        let order = op == .sum ? 2 : dtype == .f32 ? 1 : 0
        return reduction(op, .init(dtype, shape), axes, order)
      }
    }
    // Sums that grow beyond what half storage can count in.
    let growing = [([2500], [0]), ([3, 1300], [1]), ([1300, 3], [0])].map { (shape: Shape, axes: [Int]) in
      reduction(.sum, .init(dtype, shape, .uniform(0.5, 1.5)), axes, 1, "growing ")
    }
    let special = [([31, 5], [1]), ([31, 5], [0]), ([5, 300], [1]), ([300, 5], [0])].map {
      (shape: Shape, axes: [Int]) in
      reduction(.max, .init(dtype, shape, .special), axes, 0, "special values ")
    }
    return plain + growing + special + [
      // One NaN or infinity in a row of a few; large numbers would overflow on the way.
      ConformanceCase(
        "reduceSum", "special values", inputs: [.init(dtype, [64, 5], .special)], maxOrder: 0
      ) { x in
        let small = try x[0].isLess(than: x[0].splat(1e4)).select(x[0], x[0].splat(1))
        return [try small.reduceSum([1])]
      }
    ]
  }

  private static let wholeReductions: [ConformanceCase] = [DType.i32, .u32].flatMap { dtype in
    reductionShapes.every(2).flatMap { shape, axes in
      [ReduceOp.sum, .max].compactMap { op in
        if op == .max, shape.count == 0 { return nil }
        return reduction(op, .init(dtype, shape, .integers(dtype == .i32 ? -9999 : 0, 9999)), axes, 0)
      }
    }
  }

  private static func reduction(
    _ op: ReduceOp, _ input: Input, _ axes: [Int], _ maxOrder: Int, _ detail: String = ""
  ) -> ConformanceCase {
    ConformanceCase(
      op == .sum ? "reduceSum" : "reduceMax", "\(detail)\(axes)", inputs: [input],
      maxOrder: min(maxOrder, orderLimit(input.type.count))
    ) { [try $0[0].graph.apply(.reduce(op, axes: axes), $0[0])] }
  }
}
