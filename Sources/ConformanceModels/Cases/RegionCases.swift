import SfumatoAutodiff
import SfumatoConformance
import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers

/// The regions that models and optimizers are made of, and their gradients.
extension ConformanceCase {
  public static let regions: [ConformanceCase] =
    DType.floats.flatMap { dtype in
      let mixed = dtype == .f32 ? [] : mixedNorms(dtype)
      let cases = softmaxes(dtype) + attentions(dtype) + norms(dtype) + mixed + followedNorms(dtype)
      return cases.map {
        var test = $0
        test.tolerance = .chained(dtype)
        return test
      }
    } + [largeMean] + optimizers

  // MARK: softmax

  private static let softmaxShapes: [Shape] = [
    [1], [2], [7], [1, 1], [3, 7], [7, 3], [31, 2], [2, 31], [2, 5, 31], [4, 32], [4, 33], [5, 63], [5, 64],
    [3, 65],
    [4, 127], [4, 128], [4, 129], [2, 3, 33, 65], [70, 64], [0, 4], [2, 255], [2, 257], [129, 5], [1, 1023],
    [2, 1025],
    [2, 1500], [257, 3],
  ]

  private static func softmaxes(_ dtype: DType) -> [ConformanceCase] {
    softmaxShapes.flatMap { shape in
      [
        ConformanceCase("softmax", inputs: [.init(dtype, shape)]) { [try $0[0].softmax()] },
        ConformanceCase("softmaxGrad", inputs: [.init(dtype, shape), .init(dtype, shape)], maxOrder: 1) {
          try gradients(of: [$0[0].softmax()], wrt: [$0[0]], cotangents: [$0[1]])
        },
      ]
    } + [
      // The largest is subtracted first, so that nothing overflows.
      ConformanceCase(
        "softmax", "large logits", inputs: [.init(dtype, [9, 50], .uniform(-3e4, 3e4))], maxOrder: 0
      ) {
        [try $0[0].softmax()]
      }
    ]
  }

  // MARK: attention

  /// (images, queries, keys, heads, features of a head)
  private static let attentionSizes = [
    (1, 1, 1, 1, 1), (1, 2, 1, 1, 2), (2, 5, 7, 1, 3), (2, 7, 5, 1, 3), (1, 16, 16, 2, 8), (2, 31, 33, 1, 4),
    (2, 33, 31, 2, 8), (1, 32, 32, 1, 16), (1, 64, 64, 4, 8), (1, 63, 65, 1, 7), (1, 65, 63, 2, 9),
    (3, 10, 17, 1, 33), (1, 3, 127, 1, 5), (1, 3, 128, 2, 4), (1, 3, 129, 1, 5), (1, 129, 4, 1, 3),
    (1, 40, 65, 1, 40), (2, 31, 257, 1, 5), (1, 255, 5, 1, 2), (1, 257, 5, 1, 2), (5, 4, 4, 3, 1),
    (0, 4, 4, 2, 2), (2, 0, 3, 2, 4), (2, 3, 0, 2, 4), (4, 9, 9, 5, 6), (1, 16, 16, 1, 64), (2, 12, 12, 8, 8),
  ]

  private static func attentions(_ dtype: DType) -> [ConformanceCase] {
    attentionSizes.flatMap { images, queries, keys, heads, size -> [ConformanceCase] in
      let q = Input(dtype, [images, queries, heads * size]), k = Input(dtype, [images, keys, heads * size])
      let isSmall = images * heads * queries * keys < 5000
      return [
        ConformanceCase("attention", "\(heads) heads", inputs: [q, k, k], maxOrder: isSmall ? 2 : 1) {
          [try $0[0].attention(keys: $0[1], values: $0[2], heads: heads)]
        },
        ConformanceCase(
          "attentionGrad", "\(heads) heads", inputs: [q, k, k, q], maxOrder: isSmall && dtype == .f32 ? 1 : 0
        ) {
          let y = try $0[0].attention(keys: $0[1], values: $0[2], heads: heads)
          return try gradients(of: [y], wrt: Array($0[0..<3]), cotangents: [$0[3]])
        },
      ]
    }
  }

  // MARK: groupNorm

  private static let normShapes: [(shape: Shape, groups: Int)] = [
    ([1, 1, 1, 1], 1), ([1, 1, 1, 2], 1), ([1, 2, 2, 2], 2), ([2, 3, 5, 6], 3), ([3, 8, 8, 32], 8),
    ([1, 17, 13, 30], 5),
    ([2, 16, 16, 12], 1), ([5, 2, 2, 64], 64), ([0, 4, 4, 8], 2), ([3, 40], 4), ([2, 9, 8], 2),
    ([1, 64, 64, 4], 2),
    ([1, 1, 1, 64], 8), ([1, 1, 31, 8], 4), ([1, 1, 33, 8], 4), ([1, 63, 1, 4], 1), ([1, 65, 1, 4], 2),
    ([2, 127, 3], 3), ([2, 128, 3], 1), ([2, 129, 3], 3), ([1, 4, 4, 255], 5), ([1, 4, 4, 256], 32),
    ([1, 4, 4, 257], 1), ([7, 3, 3, 10], 5), ([1, 1025, 8], 2), ([33, 2, 2, 4], 2), ([2, 5, 7, 96], 32),
  ]

  private static func norms(_ dtype: DType) -> [ConformanceCase] {
    normShapes.flatMap { shape, groups in
      NormActivation.allCases.flatMap { activation in
        // One element is its own mean, and two are as far from theirs: their derivatives are 0 but for rounding and eps,
        // to which nothing can be compared.
        shape.count <= 2 * groups
          ? [norm(dtype, shape, groups, activation, maxOrder: 0)]
          : [norm(dtype, shape, groups, activation), normGradient(dtype, shape, groups, activation)]
      }
    }
  }

  /// Images in 16 bits with parameters in f32, as training has them.
  private static func mixedNorms(_ dtype: DType) -> [ConformanceCase] {
    [([2, 3, 5, 6], 3), ([3, 8, 8, 32], 8), ([2, 9, 8], 2), ([1, 17, 13, 30], 5)].flatMap {
      (shape: Shape, groups: Int) in
      NormActivation.allCases.flatMap {
        [
          norm(dtype, shape, groups, $0, maxOrder: 1, parameters: .f32),
          normGradient(dtype, shape, groups, $0, parameters: .f32),
        ]
      }
    }
  }

  /// Norms with elementwise operations behind them, forward and back.
  private static func followedNorms(_ dtype: DType) -> [ConformanceCase] {
    ([[2, 3, 5, 6], [3, 8, 8, 32], [1, 17, 13, 12]] as [Shape]).map { shape in
      let channels = Input(dtype, [shape.dimensions[shape.rank - 1]])
      return ConformanceCase(
        "followed", "a norm by a factor and a residual", inputs: [.init(dtype, shape), channels, channels],
        maxOrder: shape.count > 1000 ? 1 : 2
      ) {
        let y = try $0[0].groupNorm(scale: $0[1], bias: $0[2], groups: 2, eps: 1e-3, activation: .silu)
        return [try y * 0.6 + $0[0]]
      }
    }
  }

  private static func norm(
    _ dtype: DType, _ shape: Shape, _ groups: Int, _ activation: NormActivation, maxOrder: Int = 2,
    parameters: DType? = nil
  ) -> ConformanceCase {
    let channels = Input(parameters ?? dtype, [shape.dimensions[shape.rank - 1]])
    return ConformanceCase(
      "groupNorm", "\(groups) groups, \(activation.rawValue)",
      inputs: [.init(dtype, shape), channels, channels],
      maxOrder: min(maxOrder, shape.count > 1000 ? 1 : 2)
    ) {
      [try $0[0].groupNorm(scale: $0[1], bias: $0[2], groups: groups, eps: 1e-3, activation: activation)]
    }
  }

  private static func normGradient(
    _ dtype: DType, _ shape: Shape, _ groups: Int, _ activation: NormActivation, parameters: DType? = nil
  ) -> ConformanceCase {
    let channels = Input(parameters ?? dtype, [shape.dimensions[shape.rank - 1]])
    return ConformanceCase(
      "groupNormGrad", "\(groups) groups, \(activation.rawValue)",
      inputs: [.init(dtype, shape), channels, channels, .init(dtype, shape)],
      maxOrder: shape.count > 1000 || dtype != .f32 ? 0 : 1
    ) {
      let y = try $0[0].groupNorm(
        scale: $0[1], bias: $0[2], groups: groups, eps: 1e-3, activation: activation)
      return try gradients(of: [y], wrt: Array($0[0..<3]), cotangents: [$0[3]])
    }
  }

  /// A mean that is large against the deviation costs little accuracy: the statistics are taken around a shift.
  private static let largeMean = ConformanceCase(
    "groupNorm", "large mean", inputs: [.init(.f32, [1, 32, 32, 8], .uniform(1000, 1001))], tolerance: 1e-7,
    maxOrder: 0
  ) {
    let graph = $0[0].graph
    return [
      try $0[0].groupNorm(
        scale: graph.constant(1, .f32, [8]), bias: graph.constant(0, .f32, [8]), groups: 2, eps: 1e-5)
    ]
  }

  // MARK: adamw

  /// States are f32, whatever a model computes in.
  private static let optimizers: [ConformanceCase] = [
    [], [1], [2], [7], [31], [32], [33], [63], [64], [65], [127], [128], [129], [255], [257], [1023], [1025],
    [4099],
    [0], [3, 5], [4, 3, 3, 2], [64, 64], [1, 1], [65_537], [128, 3, 3, 8], [10, 1],
  ].map { (shape: Shape) in
    ConformanceCase(
      "adamw",
      inputs: [
        .init(.f32, shape), .init(.f32, shape), .init(.f32, shape, .scaled(0.1)),
        .init(.f32, shape, .uniform(0.001, 0.5)), .init(.f32, shape), .init(.f32, [4], .uniform(0.01, 1)),
        .init(.f32, [], .uniform(0.5, 1)),
      ], maxOrder: shape.count > 1000 ? 0 : 1
    ) {
      let updated = try AdamW().update(
        Parameter(name: "p", shape: shape, initializer: .zeros),
        OptimizedParameter(value: $0[0], slots: [$0[2], $0[3]], average: $0[4]), gradient: $0[1],
        hyperparameters: $0[5], scale: $0[6])
      return [updated.value] + updated.slots + [updated.average].compactMap { $0 }
    }
  }
}
