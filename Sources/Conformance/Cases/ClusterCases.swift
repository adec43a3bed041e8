import SfumatoGraph

extension ConformanceCase {
  /// Several operations that fusion makes one kernel of, the region `pointwise`.
  static let clusters: [ConformanceCase] = DType.floats.flatMap { dtype in
    (chains(dtype) + broadcastClusters(dtype) + wideClusters(dtype)).map {
      var test = $0
      test.tolerance = .chained(dtype)
      return test
    }
  }

  private static func chains(_ dtype: DType) -> [ConformanceCase] {
    let shapes: [Shape] = [[2, 5, 7, 12], [65], [1025], [3, 129], [0, 4], [1], [4, 8, 8, 3], [257]]
    return shapes.flatMap { shape in
      [
        ConformanceCase("pointwise", "silu", inputs: [.init(dtype, shape)]) {
          [try $0[0] * (($0[0] * 0.5).tanh() * 0.5 + 0.5)]
        },
        ConformanceCase("pointwise", "select", inputs: [.init(dtype, shape), .init(dtype, shape)]) {
          [try $0[0].isLess(than: $0[1]).select($0[0] * 2, $0[1] + 1)]
        },
        ConformanceCase(
          "pointwise", "several outputs",
          inputs: [.init(dtype, shape), .init(dtype, shape, .uniform(0.1, 2))]
        ) {
          let product = try $0[0] * $0[1]
          return [product, try product + $0[0], try product.sin() * $0[1].sqrt()]
        },
      ]
    }
  }

  private static func broadcastClusters(_ dtype: DType) -> [ConformanceCase] {
    [
      ConformanceCase(
        "pointwise", "broadcast channels, rows and scalars",
        inputs: [
          .init(dtype, [3, 4, 5, 6]), .init(dtype, [6]), .init(dtype, [3, 1, 1, 6]), .init(dtype, []),
          .init(dtype, [3, 1, 1, 1]),
        ]
      ) { [try ($0[0] * $0[1] + $0[2]) * $0[3] + $0[4]] },
      ConformanceCase(
        "pointwise", "middle broadcast", inputs: [.init(dtype, [3, 1, 5]), .init(dtype, [1, 4, 1])]
      ) { [try $0[0] * $0[1]] },
      ConformanceCase(
        "pointwise", "outer product", inputs: [.init(dtype, [67, 1]), .init(dtype, [1, 65])], maxOrder: 1
      ) { [try ($0[0] * $0[1]).cos()] },
    ]
  }

  /// Clusters with many operands, and ones that go through other types.
  private static func wideClusters(_ dtype: DType) -> [ConformanceCase] {
    [
      ConformanceCase(
        "pointwise", "24 operands", inputs: Array(repeating: .init(dtype, [130]), count: 24), maxOrder: 1
      ) {
        [try $0.dropFirst().enumerated().reduce($0[0]) { try $0 + $1.element * Double($1.offset % 5 - 2) }]
      },
      ConformanceCase(
        "pointwise", "through i32 and bool", inputs: [.init(dtype, [513], .uniform(-9, 9))], maxOrder: 0
      ) {
        let whole = try $0[0].cast(.i32)
        return [whole, try whole.cast(.bool), try whole.cast(.f32) * 0.5]
      },
      ConformanceCase("pointwise", "thirty deep", inputs: [.init(dtype, [301], .uniform(-1, 1))], maxOrder: 1)
      {
        var x = $0[0]
        for _ in 0..<10 { x = try (x * 0.9 + 0.05).sin() }
        return [x]
      },
    ]
  }
}
