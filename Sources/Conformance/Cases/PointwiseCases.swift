import SfumatoGraph

extension ConformanceCase {
  /// Sizes that a kernel gets wrong when it is careless: none, one, primes, around a workgroup, around a vector.
  static let sizes = [0, 1, 2, 7, 31, 64, 127, 128, 129, 257, 1021, 1024, 4099]

  /// Elementwise operations.
  public static let pointwise: [ConformanceCase] = unary + binary + conversions + clusters

  private static let unary: [ConformanceCase] = UnaryOp.allCases.flatMap { op -> [ConformanceCase] in
    let domain: Distribution =
      switch op {
      case .log, .sqrt, .reciprocal: .uniform(0.1, 4)
      case .sin, .cos: .uniform(-20, 20)
      case .exp, .tanh: .normal
      }
    let cases = sizes.map { size in
      ConformanceCase(op.rawValue, inputs: [.init(.f32, [size], domain)]) {
        [try $0[0].graph.apply(.unary(op), $0[0])]
      }
    }
    let special = ConformanceCase(
      op.rawValue, "special values",
      inputs: [.init(.f32, [997], op == .sin || op == .cos ? .uniform(-1e4, 1e4) : .special)],
      maxOrder: 0
    ) { [try $0[0].graph.apply(.unary(op), $0[0])] }
    return cases + [special]
  }

  private static let binary: [ConformanceCase] = BinaryOp.allCases.flatMap { op -> [ConformanceCase] in
    let isSmooth = op != .less && op != .equal
    let left: Distribution = op == .pow ? .uniform(0.2, 3) : op == .equal ? .integers(0, 3) : .normal
    let right: Distribution = op == .equal ? .integers(0, 3) : .normal
    let shapes: [Shape] = sizes.map { [$0] } + [[3, 5], [2, 3, 4, 5]]
    let floats = shapes.map { shape in
      ConformanceCase(
        op.rawValue, inputs: [.init(.f32, shape, left), .init(.f32, shape, right)], maxOrder: isSmooth ? 2 : 0
      ) { [try $0[0].graph.apply(.binary(op), $0[0], $0[1])] }
    }
    guard op != .pow else { return floats }
    let special = ConformanceCase(
      op.rawValue, "special values", inputs: [.init(.f32, [997], .special), .init(.f32, [997], .normal)],
      maxOrder: 0
    ) { [try $0[0].graph.apply(.binary(op), $0[0], $0[1])] }
    let integers = [DType.i32, .u32].map { dtype in
      let range: Distribution = .integers(dtype == .i32 ? -2_000_000_000 : 0, 2_000_000_000)
      return ConformanceCase(
        op.rawValue, inputs: [.init(dtype, [129], range), .init(dtype, [129], range)], tolerance: 0,
        maxOrder: 0
      ) { [try $0[0].graph.apply(.binary(op), $0[0], $0[1])] }
    }
    return floats + [special] + (op == .mul ? [] : integers)
  }

  private static let conversions: [ConformanceCase] =
    [
      (DType.f32, DType.i32, Distribution.uniform(-5, 5)), (.f32, .u32, .uniform(0, 9)),
      (.f32, .bool, .integers(-1, 1)),
      (.i32, .f32, .integers(-1000, 1000)), (.u32, .f32, .integers(0, 1 << 23)),
      (.bool, .f32, .integers(0, 1)),
      (.bool, .i32, .integers(0, 1)), (.i32, .bool, .integers(-1, 1)), (.i32, .u32, .integers(-9, 9)),
    ].map { source, target, distribution in
      ConformanceCase(
        "cast", "to \(target.rawValue)", inputs: [.init(source, [131], distribution)], tolerance: 0,
        maxOrder: 0
      ) { [try $0[0].cast(target)] }
    }

  /// Several operations that fusion makes one kernel of.
  private static let clusters: [ConformanceCase] = [
    ConformanceCase("pointwise", "silu", inputs: [.init(.f32, [2, 5, 7, 12])]) {
      [try $0[0] * $0[0].sigmoid()]
    },
    ConformanceCase("pointwise", "select", inputs: [.init(.f32, [65]), .init(.f32, [65])]) {
      [try $0[0].isLess(than: $0[1]).select($0[0] * 2, $0[1] + 1)]
    },
    ConformanceCase(
      "pointwise", "broadcast channels, rows and scalars",
      inputs: [
        .init(.f32, [3, 4, 5, 6]), .init(.f32, [6]), .init(.f32, [3, 1, 1, 6]), .init(.f32, []),
        .init(.f32, [3, 1, 1, 1]),
      ]
    ) { [try ($0[0] * $0[1] + $0[2]) * $0[3] + $0[4]] },
    ConformanceCase(
      "pointwise", "middle broadcast", inputs: [.init(.f32, [3, 1, 5]), .init(.f32, [1, 4, 1])]
    ) {
      [try $0[0] * $0[1]]
    },
    ConformanceCase(
      "pointwise", "several outputs", inputs: [.init(.f32, [1025]), .init(.f32, [1025], .uniform(0.1, 2))]
    ) {
      let product = try $0[0] * $0[1]
      return [product, try product + $0[0], try product.sin() * $0[1].sqrt()]
    },
  ]
}
