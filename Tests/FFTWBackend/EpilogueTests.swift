import SfumatoBackend
import SfumatoConformance

import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

@testable import SfumatoFFTWBackend

/// Clusters of elementwise operations that run on the pieces of a convolution or a product as these are finished.
@Suite struct EpilogueTests {
  /// 3×3 taps on maps that fill their tiles, and on others.
  static let extents = [(8, 8), (16, 16), (32, 8), (7, 9), (5, 16)]

  private static func geometry(_ height: Int, _ width: Int, _ channels: Int, kernel: Int = 3) -> ConvGeometry
  {
    let pad = kernel / 2
    return ConvGeometry(
      inputHeight: height, inputWidth: width, inChannels: channels, outChannels: channels,
      kernelHeight: kernel,
      kernelWidth: kernel, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad)
  }

  /// x + conv(2x) w + b + t: a bias a channel, an embedding an image and channel, a residual.
  private static func block(
    _ g: ConvGeometry, _ batch: Int, _ pass: ConvolutionPass, alsoProduct: Bool = false
  ) throws -> Program {
    let builder = GraphBuilder()
    let shape = g.inputShape(batch: batch), channels = g.inChannels
    let x = try builder.input("x", .f32, shape), w = try builder.input("w", .f32, g.weightShape)
    let b = try builder.input("b", .f32, [1, 1, 1, channels])
    let t = try builder.input("t", .f32, [batch, 1, 1, channels])
    let doubled = try x + x
    let y = try builder.apply(pass == .forward ? .conv(g) : .convGradInput(g), doubled, w)
    try builder.output("z", y + b.broadcast(shape) + t.broadcast(shape) + x)
    if alsoProduct { try builder.output("y", y) }
    return try builder.finish()
  }

  private static func run(
    _ program: Program, _ options: FFTWBackend.Options, fewClusters: Bool, _ what: String
  ) throws {
    let device = try FFTWBackend(options: options).open(0)
    let step = try device.makeStep(program, state: device.makeState([]))
    let operands = Dictionary(
      uniqueKeysWithValues: program.inputs.map { port in
        let stream = RandomStream(seed: 3, step: UInt64(port.value.index), purpose: .noise)
        return (port.name, stream.normals(program[port.value].count).map(Double.init))
      })
    let inputs = Dictionary(
      uniqueKeysWithValues: program.inputs.map {
        ($0.name, HostTensor(program[$0.value], rounding: operands[$0.name] ?? []))
      })
    let expected = try evaluate(program, inputs: operands).outputs
    for _ in 0..<2 {
      let profile = try #require(try step.profile(inputs))
      for (name, found) in try step.outputs() {
        let error = normalizedError(found.doubles, expected[name] ?? [])
        #expect(error < 1e-11, "\(what), \(name): \(error)")
      }
      guard fewClusters else { continue }
      // The doubling of x is a cluster of its own; the rest must not be.
      #expect(profile.kernels.count { $0.operation == "pointwise" } <= 1, "\(what)")
    }
  }

  @Test(arguments: extents, [FFTWBackend.ConvolutionMethod.tiles, .winograd, .fourier])
  func convolutions(_ extent: (Int, Int), _ method: FFTWBackend.ConvolutionMethod) throws {
    for pass in [ConvolutionPass.forward, .gradInput] {
      for (batch, channels) in [(1, 16), (9, 48), (4, 6)] {
        let g = Self.geometry(extent.0, extent.1, channels)
        try Self.run(
          Self.block(g, batch, pass), .init(threads: 2, convolution: method),
          fewClusters: method == .tiles && channels % 2 == 0, "\(method) \(pass) \(g) of \(batch)")
      }
    }
  }

  @Test func pointConvolutions() throws {
    for batch in [1, 7] {
      let g = Self.geometry(9, 16, 40, kernel: 1)
      try Self.run(Self.block(g, batch, .forward), .init(threads: 2), fewClusters: true, "1×1 of \(batch)")
    }
  }

  /// The result must be kept beside what comes of it, which then may be put where the operand was.
  @Test(arguments: [FFTWBackend.ConvolutionMethod.tiles, .winograd])
  func nothingIsOverwrittenThatIsStillRead(_ method: FFTWBackend.ConvolutionMethod) throws {
    for pass in [ConvolutionPass.forward, .gradInput] {
      let program = try Self.block(Self.geometry(32, 32, 32), 1, pass, alsoProduct: true)
      try Self.run(program, .init(threads: 2, convolution: method), fewClusters: false, "\(method) \(pass)")
    }
  }
}
