import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import Testing

@testable import SfumatoFFTWBackend

/// Spectra that several passes share.
@Suite struct SharedSpectraTests {
  static let geometry = ConvGeometry(
    inputHeight: 16, inputWidth: 16, inChannels: 8, outChannels: 6, kernelHeight: 5, kernelWidth: 5,
    padTop: 2,
    padLeft: 2, padBottom: 2, padRight: 2)
  static let tiles = FourierCut(size: 12, isWhole: false)
  static let whole = FourierCut(size: 36, isWhole: true)
  static let passes: [Set<ConvolutionPass>] = [
    [.forward, .gradInput, .gradWeight], [.forward, .gradWeight], [.forward, .gradInput],
    [.gradInput, .gradWeight],
  ]

  private static func layer(_ passes: Set<ConvolutionPass>, batch: Int = 5) -> LayerPasses {
    LayerPasses(geometry: geometry, batch: batch, passes: passes)
  }

  private static func spectra(_ layer: LayerPasses, _ ways: [ConvolutionPass: FourierCut]) throws
    -> SpectraPlan
  {
    let nodes = ConvolutionNode.all(in: try LayerProgram(layer).program) { _ in true }
    return SpectraPlan(
      nodes.compactMap { node in
        ways[node.layer.pass].map { cut in
          SpectraPlan.Pass(
            node: node.index,
            shape: FourierConvolution(layer.geometry, node.layer.pass, batch: layer.batch, cut: cut),
            a: node.a, b: node.b)
        }
      })
  }

  /// The same bits as each pass by itself, step after step, whichever passes there are; and what is kept is counted.
  @Test(arguments: passes, [tiles, whole]) func sharingChangesNoBits(
    _ passes: Set<ConvolutionPass>, _ cut: FourierCut
  ) throws {
    let layer = Self.layer(passes)
    let test = try LayerProgram(layer)
    let together = try test.step(on: .keeping([layer.key: cut.name]))
    var alone: [ConvolutionPass: (test: LayerProgram, step: CPUStep)] = [:]
    for pass in passes {
      let single = LayerPasses(geometry: layer.geometry, batch: layer.batch, passes: [pass])
      let test = try LayerProgram(single)
      alone[pass] = (test, try test.step(on: .keeping([single.key: cut.name], threads: 1)))
    }
    for seed in 1...3 as ClosedRange<UInt64> {
      try together.run(test.values(seed: seed))
      let found = try together.outputs()
      #expect(try test.error(found, seed: seed) < 1e-12)
      for (pass, other) in alone {
        try other.step.run(other.test.values(seed: seed))
        #expect(try other.step.outputs()[pass.rawValue] == found[pass.rawValue], "\(pass), step \(seed)")
      }
    }
    let kept = try Self.spectra(layer, Dictionary(uniqueKeysWithValues: passes.map { ($0, cut) })).floats
    // x for two passes; dy for both gradients where the cuts match; weights never.
    #expect((kept > 0) == (passes.contains(.gradWeight) && (passes.contains(.forward) || cut.isWhole)))
    let largest = alone.values.map(\.step.workspaceByteCount).max() ?? 0
    #expect(together.workspaceByteCount >= 4 * kept)
    #expect(kept == 0 || together.workspaceByteCount > largest)
  }

  /// Of six transforms of maps in three passes four are left.
  @Test func eachSpectrumIsMadeOnce() throws {
    let layer = Self.layer([.forward, .gradInput, .gradWeight])
    let test = try LayerProgram(layer)
    func phases(_ choices: [String: String]) throws -> Int { try test.step(on: .keeping(choices)).phaseCount }
    var apart = [layer.key: "apart"]
    for pass in layer.sorted { apart[layer[pass].key] = Self.whole.name }
    let together = try phases([layer.key: Self.whole.name])
    // The same cut is shared, too, where it was chosen for each by itself.
    #expect(try phases(apart) == together)
    var alone = 0
    for pass in layer.sorted {
      let single = Self.layer([pass])
      alone += try LayerProgram(single).step(on: .keeping([single.key: Self.whole.name])).phaseCount
    }
    #expect(alone == together + 2)
    let shared = try Self.spectra(
      layer, [.forward: Self.whole, .gradInput: Self.whole, .gradWeight: Self.whole])
    let nodes = ConvolutionNode.all(in: test.program) { _ in true }
    let made = nodes.flatMap { [shared[$0.index].a, shared[$0.index].b] }.compactMap(\.self)
    #expect(made.count == 4 && made.count(where: \.isMadeHere) == 2)
  }

  /// Nothing is shared by passes that cut differently, or where only one goes through frequencies.
  @Test func sharesOnlyWhatMatches() throws {
    let layer = Self.layer([.forward, .gradInput, .gradWeight])
    let other = FourierCut(size: 16, isWhole: false)
    #expect(
      try Self.spectra(layer, [.forward: Self.tiles, .gradInput: other, .gradWeight: Self.whole]).floats == 0)
    #expect(try Self.spectra(layer, [.forward: Self.tiles]).floats == 0)
    let test = try LayerProgram(layer)
    for ways in [["fourier 12", "fourier 16", "fourier 36 whole"], ["fourier 12", "tiles", "fourier 12"]] {
      var choices = [layer.key: "apart"]
      for (pass, way) in zip(layer.sorted, ways) { choices[layer[pass].key] = way }
      let step = try test.step(on: .keeping(choices))
      try step.run(test.values(seed: 4))
      #expect(try test.error(step.outputs(), seed: 4) < 1e-12)
    }
  }

  /// Spectra that are not needed at one time lie in the same place; without room for them nothing is kept.
  @Test func keepsWithinItsLimit() throws {
    let layer = Self.layer([.forward, .gradInput, .gradWeight])
    let shape = FourierConvolution(layer.geometry, .forward, batch: 5, cut: Self.whole)
    let pass = { (node: Int, x: Int, w: Int) in
      SpectraPlan.Pass(node: node, shape: shape, a: ValueID(x), b: ValueID(w))
    }
    let one = SpectraPlan([pass(0, 0, 1), pass(1, 0, 2)]).floats
    #expect(one > 0)
    #expect(
      SpectraPlan([pass(0, 0, 1), pass(1, 0, 2), pass(2, 3, 4), pass(3, 3, 5)]).floats == one)
    #expect(
      SpectraPlan([pass(0, 0, 1), pass(1, 3, 4), pass(2, 3, 5), pass(3, 0, 2)]).floats > one)
    #expect(SpectraPlan([pass(0, 0, 1), pass(1, 0, 2)], limit: one - 1).floats == 0)
  }

  /// x and dy each feed several convolutions, the weights of one layer are a state that the step overwrites, and x's memory is
  /// taken by other values once the last pass has read it.
  @Test(arguments: [tiles, whole]) func aProgramOfSeveralLayers(cut: FourierCut) throws {
    var g = Self.geometry
    g.outChannels = g.inChannels
    let builder = GraphBuilder()
    let x = try builder.input("x", .f32, g.inputShape(batch: 3))
    let first = try builder.state("first", .f32, g.weightShape)
    let second = try builder.input("second", .f32, g.weightShape)
    let a = try builder.apply(.conv(g), x + x, first)
    let b = try builder.apply(.conv(g), x + x, second)
    let dy = try a * b
    let db = try builder.apply(.convGradInput(g), dy, second)
    let da = try builder.apply(.convGradInput(g), dy, first)
    let dFirst = try builder.apply(.convGradWeight(g), x + x, dy)
    let dSecond = try builder.apply(.convGradWeight(g), db, dy)
    try builder.update("first", to: first + dFirst * 1e-3)
    try builder.output("da", da * db)
    try builder.output("dSecond", dSecond)
    let program = try builder.finish()
    var results: [[HostTensor]] = []
    for way in [cut.name, "tiles"] {
      let device = try CPUDevice.everywhere(way, in: program)
      let state = try device.makeState(for: program)
      try state.write(
        "first", HostTensor(TensorType(.f32, g.weightShape), rounding: Self.waves(g.weightShape, 0.1)))
      let step = try device.makeCPUStep(device.plan(program), state: state)
      var found: [HostTensor] = []
      for number in 1...4 {
        try step.run([
          "x": HostTensor(
            TensorType(.f32, g.inputShape(batch: 3)),
            rounding: Self.waves(g.inputShape(batch: 3), Double(number))),
          "second": HostTensor(TensorType(.f32, g.weightShape), rounding: Self.waves(g.weightShape, 0.3)),
        ])
        let outputs = try step.outputs()
        found += ["da", "dSecond"].compactMap { outputs[$0] } + [try state.read("first")]
      }
      results.append(found)
    }
    #expect(results[0].count == 12 && results[1].count == 12)
    for (number, (one, other)) in zip(results[0], results[1]).enumerated() {
      let error = normalizedError(one.doubles, other.doubles)
      #expect(error < 1e-10, "result \(number): \(error)")
    }
  }

  private static func waves(_ shape: Shape, _ speed: Double) -> [Double] {
    (0..<shape.count).map { (Double($0 * 7919 % 10_007) * speed).remainder(dividingBy: 2) / 4 }
  }
}

extension CPUDevice {
  /// A device that computes every pass of every convolution in one way.
  fileprivate static func everywhere(_ way: String, in program: Program) throws -> CPUDevice {
    var choices: [String: String] = [:]
    for layer in ConvolutionNode.layers(ConvolutionNode.all(in: program) { _ in true }) {
      let passes = LayerPasses(
        geometry: layer[0].layer.geometry, batch: layer[0].layer.batch, passes: Set(layer.map(\.layer.pass)))
      choices[passes.key] = "apart"
      for pass in layer { choices[pass.layer.key] = way }
    }
    return try keeping(choices)
  }
}
