import SfumatoGraph

extension ConformanceCase {
  static let binary: [ConformanceCase] = BinaryOp.allCases.flatMap { op in
    DType.floats.flatMap { floats(op, $0) } + whole(op)
  }

  private static func floats(_ op: BinaryOp, _ dtype: DType) -> [ConformanceCase] {
    let isSmooth = op != .less && op != .equal
    let left: Distribution = op == .pow ? .uniform(0.2, 3) : op == .equal ? .integers(0, 3) : .normal
    let right: Distribution = op == .equal ? .integers(0, 3) : .normal
    let shapes: [Shape] = sizes.map { [$0] } + [[3, 5], [2, 3, 4, 5]]
    let plain = shapes.map { shape in
      test(op, .init(dtype, shape, left), .init(dtype, shape, right), isSmooth ? orderLimit(shape.count) : 0)
    }
    if op == .pow { return plain }
    return plain + [
      test(op, .init(dtype, [997], .special), .init(dtype, [997], .normal), 0, "special values"),
      test(op, .init(dtype, [997], .normal), .init(dtype, [997], .special), 0, "special values right"),
      test(op, .init(dtype, [1501], .special), .init(dtype, [1501], .special), 0, "special values twice"),
    ]
  }

  /// Integers, which wrap, and for comparisons truth values.
  private static func whole(_ op: BinaryOp) -> [ConformanceCase] {
    let isComparison = op == .less || op == .equal
    return DType.others.flatMap { dtype, wide -> [ConformanceCase] in
      if op == .pow || (dtype == .bool && !isComparison) { return [] }
      let distribution: Distribution = op == .equal ? .integers(0, dtype == .bool ? 1 : 3) : wide
      return sizes.map {
        test(op, .init(dtype, [$0], distribution), .init(dtype, [$0], distribution), 0)
      }
    }
  }

  private static func test(_ op: BinaryOp, _ a: Input, _ b: Input, _ maxOrder: Int, _ detail: String = "")
    -> ConformanceCase
  {
    ConformanceCase(op.rawValue, detail, inputs: [a, b], maxOrder: maxOrder) {
      [try $0[0].graph.apply(.binary(op), $0[0], $0[1])]
    }
  }
}
