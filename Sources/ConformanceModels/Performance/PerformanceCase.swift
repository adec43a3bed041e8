import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoNN

/// An operation on a shape that models use, to be timed.
public struct PerformanceCase: Sendable {
  public let test: ConformanceCase
  /// Floating-point operations of a run: two a multiply-add, a few an element where there is no product.
  public let operations: Int
  /// Bytes that a run must at least read and write.
  public let bytes: Int

  /// - Parameter perElement: floating-point operations an element, where there is no product.
  /// - Throws: `GraphError` where `test` does not trace.
  public init(_ test: ConformanceCase, perElement: Int = 1) throws {
    let program = try test.program(order: 0)
    self.test = test
    let products = program.multiplyAdds * 2
    let elements = program.outputs.reduce(0) { $0 + program[$1.value].count }
    operations =
      products > 0 ? products : perElement * max(elements, test.inputs.map(\.type.count).max() ?? 0)
    bytes =
      test.inputs.reduce(0) { $0 + $1.type.byteCount }
      + program.outputs.reduce(0) { $0 + program[$1.value].byteCount }
  }

  public static func all() throws -> [PerformanceCase] {
    let image: Shape = [16, 32, 32, 32]
    return try products() + [
      .init(
        ConformanceCase("add", inputs: [.init(.f32, image), .init(.f32, image)]) { [try $0[0] + $0[1]] }),
      .init(
        ConformanceCase("pointwise", "silu", inputs: [.init(.f32, image)]) { [try $0[0].silu()] },
        perElement: 5),
      .init(ConformanceCase("exp", inputs: [.init(.f32, image)]) { [try $0[0].exp()] }),
      .init(ConformanceCase("cast", "to f16", inputs: [.init(.f32, image)]) { [try $0[0].cast(.f16)] }),
      .init(
        ConformanceCase("reduceSum", "[1, 2]", inputs: [.init(.f32, image)]) {
          [try $0[0].reduceSum([1, 2])]
        }),
      .init(ConformanceCase("reduceMax", "[3]", inputs: [.init(.f32, image)]) { [try $0[0].reduceMax([3])] }),
      .init(
        ConformanceCase("transpose", "[0, 3, 1, 2]", inputs: [.init(.f32, image)]) {
          [try $0[0].transpose([0, 3, 1, 2])]
        }),
      .init(
        ConformanceCase("concat", "axis 3", inputs: [.init(.f32, image), .init(.f32, image)]) {
          [try Tensor.concat($0, axis: 3)]
        }),
      .init(
        ConformanceCase(
          "gather", inputs: [.init(.f32, [1000, 256]), .init(.i32, [4096], .integers(0, 999))]
        ) {
          [try $0[0].gather($0[1])]
        }),
      .init(
        ConformanceCase("softmax", inputs: [.init(.f32, [4096, 256])]) { [try $0[0].softmax()] },
        perElement: 4),
      .init(
        ConformanceCase(
          "groupNorm", "8 groups, silu", inputs: [.init(.f32, image), .init(.f32, [32]), .init(.f32, [32])]
        ) { [try $0[0].groupNorm(scale: $0[1], bias: $0[2], groups: 8, eps: 1e-5, activation: .silu)] },
        perElement: 10),
    ]
  }

  private static func products() throws -> [PerformanceCase] {
    let same = ConvGeometry(
      inputHeight: 32, inputWidth: 32, inChannels: 32, outChannels: 32, kernelHeight: 3, kernelWidth: 3,
      padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1)
    let x = ConformanceCase.Input(.f32, same.inputShape(batch: 16)),
      w = ConformanceCase.Input(.f32, same.weightShape)
    return try [
      .init(
        ConformanceCase("matmul", "512", inputs: [.init(.f32, [512, 512]), .init(.f32, [512, 512])]) {
          [try $0[0].matmul($0[1])]
        }),
      .init(
        ConformanceCase(
          "matmul", "256, 8 at once", inputs: [.init(.f32, [8, 256, 64]), .init(.f32, [8, 256, 64])]
        ) {
          [try $0[0].matmul($0[1], transposeB: true)]
        }),
    ]
      + [(Op.conv(same), [x, w]), (.convGradInput(same), [x, w]), (.convGradWeight(same), [x, x])].map {
        op, inputs in
        try .init(ConformanceCase(op.name, "\(same)", inputs: inputs) { try $0[0].graph.applyAll(op, $0) })
      }
  }
}
