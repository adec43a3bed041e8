import SfumatoGraph

extension ConformanceCase {
  /// Convolutions, products and sums with elementwise operations behind them, which a backend may run in the same kernel.
  /// In 16 bits every other one of each kind.
  static let followed: [ConformanceCase] = DType.floats.flatMap { dtype in
    let kinds = [followedConvolutions, followedProducts, followedSums, followedMoves].map { $0(dtype) }
    let some =
      dtype == .f32
      ? kinds
      : kinds.map { cases in
        cases.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      }
    return some.joined().map {
      var test = $0
      test.tolerance = .chained(dtype)
      return test
    }
  }

  /// (images, height, width, in, out, taps, stride)
  private static let followedSizes = [
    (1, 3, 3, 1, 1, 3, 1), (2, 5, 7, 3, 5, 3, 1), (2, 8, 6, 4, 8, 3, 1), (3, 12, 12, 16, 16, 3, 1),
    (2, 9, 7, 8, 12, 3, 2), (1, 16, 16, 32, 32, 3, 1), (2, 6, 6, 12, 4, 1, 1), (5, 4, 4, 64, 64, 3, 1),
    (1, 10, 10, 5, 2, 5, 1), (0, 4, 4, 4, 4, 3, 1),
  ]

  private static func followedConvolutions(_ dtype: DType) -> [ConformanceCase] {
    followedSizes.flatMap { n, height, width, inC, outC, taps, stride -> [ConformanceCase] in
      let pad = taps / 2
      @Sendable func convolve(_ x: Tensor, _ w: Tensor) throws -> Tensor {
        try x.conv(w, stride: stride, padding: (pad, pad, pad, pad))
      }
      func size(_ extent: Int) -> Int { (extent + 2 * pad - taps) / stride + 1 }
      let x = Input(dtype, [n, height, width, inC], .uniform(-1, 1))
      let w = Input(dtype, [outC, taps, taps, inC], .uniform(-0.5, 0.5))
      let bias = Input(dtype, [1, 1, 1, outC]), embedding = Input(dtype, [n, 1, 1, outC])
      let residual = Input(dtype, [n, size(height), size(width), outC])
      let order = dtype == .f32 && n * height * width * inC * outC < 4000 ? 1 : 0
      return [
        ConformanceCase(
          "followed", "a convolution by a bias and an embedding", inputs: [x, w, bias, embedding],
          maxOrder: order
        ) { [try convolve($0[0], $0[1]) + $0[2] + $0[3]] },
        ConformanceCase(
          "followed", "a convolution by a bias, a residual and an activation",
          inputs: [x, w, bias, residual],
          maxOrder: order
        ) {
          let sum = try (convolve($0[0], $0[1]) + $0[2] + $0[3]) * 0.7
          return [sum, try sum * ((sum * 0.5).tanh() * 0.5 + 0.5)]
        },
        // The last of two takes the sum.
        ConformanceCase(
          "followed", "two convolutions by their sum", inputs: [x, w, Input(dtype, [outC, 1, 1, inC])],
          maxOrder: order
        ) {
          let shortcut = try $0[0].conv($0[2], stride: stride)
          return [try convolve($0[0], $0[1]) + shortcut]
        },
      ]
    }
  }

  /// Results that become some channels of a larger tensor, or are cut into channels.
  private static func followedMoves(_ dtype: DType) -> [ConformanceCase] {
    [(1, 2, 3), (3, 8, 4), (5, 10, 12), (4, 12, 40), (32, 32, 32)].flatMap { before, own, behind in
      let x = Input(dtype, [2, 6, 4, own], .uniform(-1, 1)), bias = Input(dtype, [1, 1, 1, own])
      let w = Input(dtype, [own, 3, 3, own], .uniform(-0.5, 0.5)), rows = Input(dtype, [2, 24, own])
      @Sendable func convolve(_ inputs: [Tensor]) throws -> Tensor {
        try inputs[0].conv(inputs[1], padding: (1, 1, 1, 1)) + inputs[2]
      }
      let order = dtype == .f32 && own < 32 ? 1 : 0
      return [
        ConformanceCase(
          "followed", "a convolution by a bias, between other channels",
          inputs: [
            x, w, bias, Input(dtype, [2, 6, 4, before], .uniform(-1, 1)),
            Input(dtype, [2, 6, 4, behind], .uniform(-1, 1)),
          ], maxOrder: order
        ) { [try Tensor.concat([$0[3], convolve($0), $0[4]], axis: 3)] },
        ConformanceCase(
          "followed", "a convolution by a bias, cut into channels", inputs: [x, w, bias], maxOrder: order
        ) {
          let y = try convolve($0)
          let cut = max(1, own / 3)
          return [
            try y.slice(axis: 3, 0..<cut), try y.slice(axis: 3, cut..<own),
            try y.slice(axis: 3, own - 1..<own),
          ]
        },
        ConformanceCase(
          "followed", "a product by a residual, behind other channels, and twice it cut",
          inputs: [
            Input(dtype, [2, 24, own], .uniform(-1, 1)), Input(dtype, [own, own], .uniform(-0.5, 0.5)), rows,
            Input(dtype, [2, 6, 4, before], .uniform(-1, 1)),
          ], maxOrder: order
        ) {
          let product = try $0[0].reshape([48, own]).matmul($0[1]).reshape([2, 24, own])
          let y = try product + $0[2], twice = try y * y
          return [
            try Tensor.concat([$0[3], y.reshape([2, 6, 4, own])], axis: 3),
            try twice.slice(axis: 2, 0..<own / 2),
          ]
        },
      ]
    }
  }

  /// (batch, rows, depth, columns)
  private static let followedProductSizes = [
    (1, 1, 1, 1), (1, 5, 7, 3), (1, 16, 32, 24), (3, 8, 8, 8), (1, 65, 33, 17), (1, 12, 2050, 8),
    (1, 130, 64, 64), (2, 7, 300, 5),
  ]

  private static func followedProducts(_ dtype: DType) -> [ConformanceCase] {
    followedProductSizes.flatMap { batch, m, k, n -> [ConformanceCase] in
      let order = dtype == .f32 && batch * m * k * n < 10_000 ? 1 : 0
      return [(false, false), (true, false), (false, true), (true, true)].map { transposeA, transposeB in
        ConformanceCase(
          "followed",
          "a product \(transposeA ? "T" : "N")\(transposeB ? "T" : "N") by a bias and an activation",
          inputs: [
            Input(dtype, transposeA ? [batch, k, m] : [batch, m, k], .uniform(-0.5, 0.5)),
            Input(dtype, transposeB ? [batch, n, k] : [batch, k, n], .uniform(-0.5, 0.5)),
            Input(dtype, [1, n]),
          ], maxOrder: order
        ) {
          let product = try $0[0].matmul($0[1], transposeA: transposeA, transposeB: transposeB)
          let sum = try product.reshape([batch * m, n]) + $0[2]
          return [try sum.tanh()]
        }
      }
    }
  }

  private static func followedSums(_ dtype: DType) -> [ConformanceCase] {
    ([[3, 7], [65, 33], [1, 1025], [2, 70_000], [0, 4]] as [Shape]).flatMap { shape in
      [0, 1].map { axis in
        ConformanceCase(
          "followed", "a sum along \(axis) by a square root", inputs: [Input(dtype, shape, .uniform(0.1, 1))],
          maxOrder: dtype == .f32 && shape.count < 3000 ? 1 : 0
        ) { [try ($0[0].reduceSum([axis]) + 1).sqrt() * 3] }
      } + [
        ConformanceCase(
          "followed", "a difference by its squares' sum and its maximum",
          inputs: [Input(dtype, shape), Input(dtype, [1, shape[1]])],
          maxOrder: dtype == .f32 && shape.count < 3000 ? 1 : 0
        ) {
          let difference = try $0[0] - $0[1]
          return [try difference.squared().reduceSum([1]), try (difference * 0.5).reduceMax([1])]
        }
      ]
    }
  }
}
