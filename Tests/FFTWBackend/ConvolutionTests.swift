import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

@testable import SfumatoFFTWBackend

/// Convolutions and their gradients, each way of computing them against the oracle.
@Suite struct ConvolutionTests {
  /// Extents around those of tiles and transforms; strides, groups, uneven padding.
  static let geometries: [ConvGeometry] = [
    .init(
      inputHeight: 8, inputWidth: 8, inChannels: 16, outChannels: 32, kernelHeight: 3, kernelWidth: 3,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1),
    .init(
      inputHeight: 17, inputWidth: 33, inChannels: 6, outChannels: 10, kernelHeight: 3, kernelWidth: 3,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1),
    .init(inputHeight: 14, inputWidth: 15, inChannels: 2, outChannels: 34, kernelHeight: 3, kernelWidth: 3),
    .init(
      inputHeight: 9, inputWidth: 7, inChannels: 4, outChannels: 2, kernelHeight: 5, kernelWidth: 3,
      padTop: 2, padLeft: 0, padBottom: 1, padRight: 2),
    .init(inputHeight: 6, inputWidth: 5, inChannels: 18, outChannels: 4, kernelHeight: 1, kernelWidth: 1),
    .init(
      inputHeight: 5, inputWidth: 6, inChannels: 4, outChannels: 6, kernelHeight: 1, kernelWidth: 1,
      padTop: 1, padLeft: 2, padBottom: 0, padRight: 1),
    .init(
      inputHeight: 1, inputWidth: 1, inChannels: 2, outChannels: 2, kernelHeight: 3, kernelWidth: 3,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1),
    .init(
      inputHeight: 8, inputWidth: 8, inChannels: 3, outChannels: 5, kernelHeight: 3, kernelWidth: 3,
      strideH: 2, strideW: 2, padTop: 0, padLeft: 0, padBottom: 1, padRight: 1),
    .init(
      inputHeight: 9, inputWidth: 10, inChannels: 4, outChannels: 8, kernelHeight: 3, kernelWidth: 3,
      strideH: 2, strideW: 2, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, groups: 2),
    .init(
      inputHeight: 7, inputWidth: 11, inChannels: 6, outChannels: 6, kernelHeight: 2, kernelWidth: 4,
      strideH: 3, strideW: 1, padTop: 1, padLeft: 0, padBottom: 0, padRight: 3, groups: 3),
    .init(
      inputHeight: 8, inputWidth: 6, inChannels: 5, outChannels: 3, kernelHeight: 1, kernelWidth: 1,
      strideH: 2, strideW: 3),
    .init(
      inputHeight: 4, inputWidth: 4, inChannels: 8, outChannels: 8, kernelHeight: 3, kernelWidth: 3,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, groups: 8),
  ]

  /// What is measured takes one of these ways; `TuningTests` are about which.
  static let methods = FFTWBackend.ConvolutionMethod.allCases.filter { $0 != .measured }

  @Test(arguments: geometries, methods)
  func agreesWithOracle(_ g: ConvGeometry, _ method: FFTWBackend.ConvolutionMethod) throws {
    for pass in ConvolutionPass.allCases {
      for batch in [1, 3] {
        let error = try Self.error(g, pass, batch, .init(threads: 2, convolution: method))
        #expect(error < Self.tolerance(method), "\(pass) of \(batch) images: \(error)")
      }
    }
  }

  /// Rounding in transforms grows with their size, and is promised to stay within three times that of direct sums.
  @Test(arguments: [16, 20, 32]) func fourierErrorStaysSmall(size: Int) throws {
    let g = ConvGeometry(
      inputHeight: size - 2, inputWidth: size - 2, inChannels: 32, outChannels: 32, kernelHeight: 3,
      kernelWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
    for pass in ConvolutionPass.allCases {
      let tiles = try Self.error(g, pass, 2, .init(convolution: .tiles))
      let fourier = try Self.error(g, pass, 2, .init(convolution: .fourier))
      #expect(fourier.squareRoot() < 3 * tiles.squareRoot(), "\(pass): \(fourier) against \(tiles)")
    }
  }

  @Test(arguments: methods)
  func threadsAndReplaysKeepBits(_ method: FFTWBackend.ConvolutionMethod) throws {
    let g = ConvGeometry(
      inputHeight: 20, inputWidth: 20, inChannels: 8, outChannels: 8, kernelHeight: 3, kernelWidth: 3,
      padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1)
    for pass in ConvolutionPass.allCases {
      var first: [HostTensor] = []
      for threads in [1, 2, 3] {
        let runs = try Self.run(g, pass, 5, .init(threads: threads, convolution: method), replays: 4)
        if first.isEmpty { first = [runs[0]] }
        #expect(runs.allSatisfy { $0 == first[0] }, "\(pass) with \(threads) threads")
      }
    }
  }

  @Test(arguments: FFTWBackend.InstructionSet.allCases.filter(\.isAvailable))
  func everyInstructionSet(_ set: FFTWBackend.InstructionSet) throws {
    for g in Self.geometries {
      for pass in ConvolutionPass.allCases {
        for method in [FFTWBackend.ConvolutionMethod.tiles, .winograd, .fourier] {
          let error = try Self.error(g, pass, 2, .init(threads: 1, convolution: method, instructionSet: set))
          #expect(error < Self.tolerance(method), "\(g) \(pass) \(method): \(error)")
        }
      }
    }
  }

  @Test func theChoiceFollowsTheGeometry() {
    func method(_ extent: Int, _ channels: Int, _ kernel: Int, _ batch: Int) -> ConvolutionChoice.Method {
      let g = ConvGeometry(
        inputHeight: extent, inputWidth: extent, inChannels: channels, outChannels: channels,
        kernelHeight: kernel, kernelWidth: kernel, padTop: kernel / 2, padLeft: kernel / 2,
        padBottom: kernel / 2, padRight: kernel / 2)
      return ConvolutionChoice(g, .forward, batch: batch, .cheapest).method
    }
    #expect(method(32, 64, 1, 32) == .product)
    #expect(method(32, 64, 3, 32) == .winograd)
    #expect(method(32, 3, 3, 32) == .tiles)
    if case .fourier = method(32, 64, 7, 32) {
    } else {
      Issue.record("wide layers with large kernels are for FFTW")
    }
  }

  /// Winograd's transforms cost about three bits.
  private static func tolerance(_ method: FFTWBackend.ConvolutionMethod) -> Double {
    method == .winograd || method == .cheapest ? 1e-11 : 1e-12
  }

  // MARK: Running one pass

  private static func program(_ g: ConvGeometry, _ pass: ConvolutionPass, _ batch: Int) throws -> Program {
    let builder = GraphBuilder()
    let x = g.inputShape(batch: batch), y = g.outputShape(batch: batch), w = g.weightShape
    let (op, a, b): (Op, Shape, Shape) =
      switch pass {
      case .forward: (.conv(g), x, w)
      case .gradInput: (.convGradInput(g), y, w)
      case .gradWeight: (.convGradWeight(g), x, y)
      }
    try builder.output("r", builder.apply(op, builder.input("a", .f32, a), builder.input("b", .f32, b)))
    return try builder.finish()
  }

  private static func operands(_ program: Program) -> [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: program.inputs.map { port in
        let stream = RandomStream(seed: 5, step: UInt64(port.value.index), purpose: .noise)
        return (port.name, stream.normals(program[port.value].count).map(Double.init))
      })
  }

  private static func run(
    _ g: ConvGeometry, _ pass: ConvolutionPass, _ batch: Int, _ options: FFTWBackend.Options, replays: Int
  ) throws -> [HostTensor] {
    let program = try program(g, pass, batch)
    let device = try FFTWBackend(options: options).open(0)
    let step = try device.makeStep(program, state: device.makeState([]))
    let operands = operands(program)
    let inputs = Dictionary(
      uniqueKeysWithValues: program.inputs.map {
        ($0.name, HostTensor(program[$0.value], rounding: operands[$0.name] ?? []))
      })
    return try (0..<replays).map { _ in
      try step.run(inputs)
      return try #require(step.outputs()["r"])
    }
  }

  private static func error(
    _ g: ConvGeometry, _ pass: ConvolutionPass, _ batch: Int, _ options: FFTWBackend.Options
  ) throws -> Double {
    let program = try program(g, pass, batch)
    let expected = try evaluate(program, inputs: operands(program)).outputs["r"] ?? []
    return normalizedError(try run(g, pass, batch, options, replays: 1)[0].doubles, expected)
  }
}
