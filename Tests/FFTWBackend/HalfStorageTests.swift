import SfumatoAutodiff
import SfumatoBackend
import SfumatoGraph
import SfumatoNN
import SfumatoRandom
import Testing

@testable import SfumatoFFTWBackend

/// Kernels on values stored in 16 bits: to the bit what the same kernels make of the same values as floats, rounded, whether
/// they convert the whole or each unit its piece.
@Suite struct HalfStorageTests {
  private typealias Operand = (name: String, type: TensorType)

  /// A device that multiplies floats alone: where the processor multiplies pairs of bf16 sums have another order, so that they differ
  /// in the last bit; `PairProductTests` are about those.
  private static func device(_ options: FFTWBackend.Options) throws -> CPUDevice {
    try FFTWBackend(options: options).openCPU().multiplying(pairs: nil)
  }

  /// The outputs of what `build` makes of operands that have the values of `dtype`, stored as `stored`.
  private static func outputs(
    _ operands: [Operand], of dtype: DType, storedAs stored: DType, _ options: FFTWBackend.Options,
    _ build: ([Tensor]) throws -> [Tensor]
  ) throws -> [HostTensor] {
    let inputs = operands.enumerated().map { index, operand in
      let (name, value) = values(operand.name, operand.type, UInt64(index))
      let type = TensorType(operand.type.dtype == dtype ? stored : operand.type.dtype, operand.type.shape)
      return (name: name, value: HostTensor(type, rounding: value.doubles))
    }
    return try run(device(options), inputs, build).outputs
  }

  private static func check(
    _ operands: [Operand], of dtype: DType, _ options: FFTWBackend.Options, _ what: String,
    _ build: ([Tensor]) throws -> [Tensor]
  ) throws {
    let half = try outputs(operands, of: dtype, storedAs: dtype, options, build)
    let wide = try outputs(operands, of: dtype, storedAs: .f32, options, build)
    #expect(half.count == wide.count && !half.isEmpty)
    for (index, (found, floats)) in zip(half, wide).enumerated() {
      #expect(found == HostTensor(found.type, rounding: floats.doubles), "\(what), output \(index)")
    }
  }

  private static func checkPasses(
    _ g: ConvGeometry, _ batch: Int, _ method: FFTWBackend.ConvolutionMethod
  ) throws {
    let (x, w, y) = (g.inputShape(batch: batch), g.weightShape, g.outputShape(batch: batch))
    for pass in ConvolutionPass.allCases {
      let (op, a, b): (Op, Shape, Shape) =
        switch pass {
        case .forward: (.conv(g), x, w)
        case .gradInput: (.convGradInput(g), y, w)
        case .gradWeight: (.convGradWeight(g), x, y)
        }
      try check(
        [("a", TensorType(.bf16, a)), ("b", TensorType(.bf16, b))], of: .bf16,
        .init(threads: 2, convolution: method), "\(pass) \(g) of \(batch)"
      ) { [try $0[0].graph.apply(op, $0[0], $0[1])] }
    }
  }

  /// Maps that fill Winograd's tiles and blocks, and others, of which a block ends within a row of tiles.
  @Test(arguments: EpilogueTests.extents, [FFTWBackend.ConvolutionMethod.tiles, .winograd, .fourier])
  func convolutions(_ extent: (Int, Int), _ method: FFTWBackend.ConvolutionMethod) throws {
    for (batch, channels, outputs) in [(1, 16, 16), (9, 48, 24), (4, 6, 10), (70, 8, 8)] {
      let g = ConvGeometry(
        inputHeight: extent.0, inputWidth: extent.1, inChannels: channels, outChannels: outputs,
        kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 0, padBottom: 1, padRight: 2)
      try Self.checkPasses(g, batch, method)
    }
  }

  /// 1×1, some pixels at a time.
  @Test(arguments: EpilogueTests.extents) func pointConvolutions(_ extent: (Int, Int)) throws {
    for (batch, channels, outputs) in [(1, 16, 16), (9, 48, 24), (4, 6, 10), (70, 8, 1), (3, 1, 5)] {
      let g = ConvGeometry(
        inputHeight: extent.0, inputWidth: extent.1, inChannels: channels, outChannels: outputs,
        kernelHeight: 1, kernelWidth: 1)
      try Self.checkPasses(g, batch, .cheapest)
    }
  }

  /// With parameters in f32, as training has them.
  @Test(arguments: [DType.f16, .bf16], [NormActivation.none, .silu])
  func norms(_ dtype: DType, _ activation: NormActivation) throws {
    for shape: Shape in [[1, 4, 4, 8], [5, 7, 9, 24], [3, 16, 16, 32]] {
      let channels: Shape = [shape[3]]
      try Self.check(
        [
          ("x", TensorType(dtype, shape)), ("scale", TensorType(.f32, channels)),
          ("bias", TensorType(.f32, channels)), ("dy", TensorType(dtype, shape)),
        ], of: dtype, .init(threads: 2), "\(dtype) \(shape) \(activation)"
      ) {
        let y = try $0[0].groupNorm(scale: $0[1], bias: $0[2], groups: 4, eps: 1e-5, activation: activation)
        return try [y] + gradients(of: [y], wrt: Array($0[0...2]), cotangents: [$0[3]])
      }
    }
  }

  /// A bias and a residual behind a convolution run on its pieces, and give what they give in a program of their own.
  @Test(arguments: EpilogueTests.extents, [FFTWBackend.ConvolutionMethod.tiles, .winograd])
  func whatFollowsAConvolution(_ extent: (Int, Int), _ method: FFTWBackend.ConvolutionMethod) throws {
    for (batch, channels) in [(1, 16), (9, 48)] {
      let g = ConvGeometry(
        inputHeight: extent.0, inputWidth: extent.1, inChannels: channels, outChannels: channels,
        kernelHeight: 3, kernelWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
      let device = try Self.device(.init(threads: 2, convolution: method))
      let shape = g.inputShape(batch: batch)
      let values = [
        Self.values("x", TensorType(.bf16, shape), 1), Self.values("w", TensorType(.bf16, g.weightShape), 2),
        Self.values("b", TensorType(.bf16, [channels]), 3),
      ]
      let whole = try Self.run(device, values) { [try $0[0].conv(g, $0[1]) + $0[2] + $0[0]] }
      let y = try Self.run(device, Array(values[..<2])) { [try $0[0].conv(g, $0[1])] }.outputs[0]
      let parts = try Self.run(device, [("y", y), values[2], values[0]]) { [try $0[0] + $0[1] + $0[2]] }
      #expect(whole.outputs == parts.outputs, "\(method) \(g) of \(batch)")
      let clusters = whole.profile.kernels.count { $0.operation == "pointwise" }
      #expect(method == .winograd || clusters == 0, "\(method) \(g) of \(batch)")
    }
  }

  private static func values(_ name: String, _ type: TensorType, _ seed: UInt64) -> (String, HostTensor) {
    let stream = RandomStream(seed: seed, step: 0, purpose: .noise)
    return (name, HostTensor(type, rounding: stream.normals(type.count).map(Double.init)))
  }

  private static func run(
    _ device: any Device, _ inputs: [(name: String, value: HostTensor)],
    _ build: ([Tensor]) throws -> [Tensor]
  ) throws -> (outputs: [HostTensor], profile: StepProfile) {
    let builder = GraphBuilder()
    let tensors = try inputs.map { try builder.input($0.name, $0.value.type.dtype, $0.value.type.shape) }
    for (index, result) in try build(tensors).enumerated() { try builder.output("\(index)", result) }
    let step = try device.makeStep(builder.finish(), state: device.makeState([]))
    let profile = try #require(
      try step.profile(Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, $0.value) })))
    let found = try step.outputs()
    return (found.keys.sorted().compactMap { found[$0] }, profile)
  }
}

extension Tensor {
  fileprivate func conv(_ geometry: ConvGeometry, _ weight: Tensor) throws -> Tensor {
    try graph.apply(.conv(geometry), self, weight)
  }
}
