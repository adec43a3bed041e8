import SfumatoAutodiff
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers

extension ConformanceCase {
  /// A pass of a layer on uniform noise stored in `dtype`.
  init(_ layer: ConvolutionLayer, _ pass: ConvolutionPass, batch: Int, _ dtype: DType = .f32) {
    let op = pass.op(layer.geometry)
    self.init(
      op.name, "\(layer)",
      inputs: pass.operands(layer.geometry, batch: batch).map { .init(dtype, $0, .uniform(-1, 1)) }
    ) { try $0[0].graph.applyAll(op, $0) }
  }
}

extension ConformanceCase {
  /// All passes of a layer in one program, as in a training step, on uniform noise stored in `dtype`.
  init(_ layer: ConvolutionLayer, batch: Int, _ dtype: DType = .f32) {
    let g = layer.geometry
    let shapes = [g.inputShape(batch: batch), g.weightShape, g.outputShape(batch: batch)]
    self.init("layer", "\(layer)", inputs: shapes.map { .init(dtype, $0, .uniform(-1, 1)) }) { x in
      let graph = x[0].graph
      return [
        try graph.apply(.conv(g), x[0], x[1]), try graph.apply(.convGradWeight(g), x[0], x[2]),
        try graph.apply(.convGradInput(g), x[2], x[1]),
      ]
    }
  }
}

extension PerformanceCase {
  /// What models are made of beside convolutions, for batches of `batch` images whose values are stored in `dtype`.
  /// Scales, biases and what the optimizer keeps are float32, as in training.
  static func others(batch: Int, _ dtype: DType = .f32, products: [ProductSize]?) throws -> [PerformanceCase]
  {
    try (products ?? usualProducts(batch)).map { try product($0, dtype) } + norms(batch, dtype)
      + attentions(batch, dtype) + [adamW()]
  }

  private static func input(_ shape: Shape, _ dtype: DType = .f32) -> ConformanceCase.Input {
    ConformanceCase.Input(dtype, shape, .uniform(-1, 1))
  }

  /// A projection of attention at 8×8 and at 16×16, a time embedding, a square.
  private static func usualProducts(_ batch: Int) -> [ProductSize] {
    [(64 * batch, 64, 64), (256 * batch, 128, 128), (batch, 256, 128), (1024, 1024, 1024)].map {
      ProductSize(rows: $0, inner: $1, columns: $2)
    }
  }

  private static func product(_ size: ProductSize, _ dtype: DType) throws -> PerformanceCase {
    let operands = [input([size.rows, size.inner], dtype), input([size.inner, size.columns], dtype)]
    return try PerformanceCase(
      ConformanceCase("matmul", "\(size)", inputs: operands) { [try $0[0].matmul($0[1])] })
  }

  private static func norms(_ batch: Int, _ dtype: DType) throws -> [PerformanceCase] {
    let shape: Shape = [batch, 32, 32, 64]
    let inputs = [input(shape, dtype), input([64]), input([64])]
    @Sendable func norm(_ x: [Tensor]) throws -> Tensor {
      try x[0].groupNorm(scale: x[1], bias: x[2], groups: 8, eps: 1e-5, activation: .silu)
    }
    return [
      try PerformanceCase(
        ConformanceCase("groupNorm", "SiLU, 64@32", inputs: inputs) { [try norm($0)] }, perElement: 10),
      try PerformanceCase(
        ConformanceCase("groupNormGrad", "SiLU, 64@32", inputs: inputs + [input(shape, dtype)]) {
          try gradients(of: [norm($0)], wrt: Array($0[0..<3]), cotangents: [$0[3]])
        }, perElement: 20),
    ]
  }

  /// Eight features a head, as in diffusers' models.
  private static func attentions(_ batch: Int, _ dtype: DType) throws -> [PerformanceCase] {
    try [(64, 64), (256, 128)].flatMap { length, channels in
      let detail = "\(length)×\(channels), \(channels / 8) heads"
      let inputs = Array(repeating: input([batch, length, channels], dtype), count: 4)
      @Sendable func attention(_ x: [Tensor]) throws -> Tensor {
        try x[0].attention(keys: x[1], values: x[2], heads: channels / 8)
      }
      return [
        try PerformanceCase(
          ConformanceCase("attention", detail, inputs: Array(inputs[0..<3])) { [try attention($0)] }),
        try PerformanceCase(
          ConformanceCase("attentionGrad", detail, inputs: inputs) {
            try gradients(of: [attention($0)], wrt: Array($0[0..<3]), cotangents: [$0[3]])
          }),
      ]
    }
  }

  /// A million parameters.
  private static func adamW() throws -> PerformanceCase {
    let shape: Shape = [1024, 1024]
    let parameter = input(shape), positive = ConformanceCase.Input(.f32, shape, .uniform(0.001, 0.1))
    let numbers = ConformanceCase.Input(.f32, [4], .uniform(0.001, 0.01))
    return try PerformanceCase(
      ConformanceCase(
        "adamw", "1M parameters",
        inputs: [parameter, parameter, parameter, positive, parameter, numbers, input([])]
      ) { x in
        let state = OptimizedParameter(value: x[0], slots: [x[2], x[3]], average: x[4])
        let new = try AdamW().update(
          Parameter(name: "p", shape: shape, initializer: .zeros), state, gradient: x[1],
          hyperparameters: x[5], scale: x[6])
        return [new.value] + new.slots + [new.average].compactMap { $0 }
      }, perElement: 18)
  }
}
