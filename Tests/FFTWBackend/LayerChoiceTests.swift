import Foundation
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoFFTWBackend

/// The passes of a layer are chosen for together.
@Suite struct LayerChoiceTests {
  static func layer(_ extent: Int, _ channels: Int, _ kernel: Int, batch: Int = 32) -> LayerPasses {
    LayerPasses(
      geometry: ConvGeometry(
        inputHeight: extent, inputWidth: extent, inChannels: channels, outChannels: channels,
        kernelHeight: kernel, kernelWidth: kernel, padTop: kernel / 2, padLeft: kernel / 2,
        padBottom: kernel / 2, padRight: kernel / 2), batch: batch, passes: Set(ConvolutionPass.allCases))
  }

  /// Spectra at hand cost nothing; whole maps share those of dy as well.
  @Test func whatIsSharedIsCountedOnce() {
    let layer = Self.layer(16, 64, 5)
    for cut in [FourierCut(size: 20, isWhole: true), FourierCut(size: 12, isWhole: false)] {
      func cost(_ passes: Set<ConvolutionPass>) -> Double {
        FourierConvolution.cost(layer.geometry, passes, batch: layer.batch, cut: cut)
      }
      #expect(cost([.forward, .gradWeight]) < cost([.forward]) + cost([.gradWeight]))
      let gradients = cost([.gradInput]) + cost([.gradWeight])
      // Sums of the same terms may differ in their last bits.
      #expect((cost([.gradInput, .gradWeight]) < 0.999 * gradients) == cut.isWhole)
    }
  }

  @Test func theChoiceFollowsTheGeometry() {
    #expect(LayerChoice(Self.layer(32, 64, 3), .cheapest).algorithm == .apart)
    #expect(LayerChoice(Self.layer(16, 64, 1), .cheapest).algorithms == [.apart])
    #expect(LayerChoice(Self.layer(16, 64, 7), .tiles).algorithms == [.apart])
    // Maps of 16×16 with padding 3 have a period of 19.
    #expect(
      LayerChoice(Self.layer(16, 64, 7), .cheapest).algorithm
        == .together(FourierCut(size: 20, isWhole: true)))
    var one = Self.layer(16, 64, 7)
    one.passes = [.forward]
    #expect(LayerChoice(one, .cheapest).algorithms == [.apart])
  }

  /// Passes of one layer are found, also where weights or x are used twice.
  @Test func passesOfALayerAreFound() throws {
    let g = Self.layer(6, 4, 3).geometry
    let builder = GraphBuilder()
    let x = try builder.input("x", .f32, g.inputShape(batch: 2)),
      w = try builder.input("w", .f32, g.weightShape)
    let a = try builder.apply(.conv(g), x, w)
    let b = try builder.apply(.conv(g), a, w)
    let db = try builder.input("db", .f32, g.outputShape(batch: 2))
    let da = try builder.apply(.convGradInput(g), db, w)
    let dw = try builder.apply(.convGradWeight(g), a, db)
    try builder.output("dx", builder.apply(.convGradInput(g), da, w))
    try builder.output("dw", dw + builder.apply(.convGradWeight(g), x, da))
    try builder.output("b", b)
    let program = try builder.finish()
    let layers = ConvolutionNode.layers(ConvolutionNode.all(in: program) { _ in true })
    #expect(layers.count == 2 && layers.allSatisfy { $0.count == 3 })
    #expect(layers.allSatisfy { layer in Set(layer.map(\.layer.pass)).count == 3 })
    let readsX = layers.map { layer in layer.filter { $0.a == x.id }.count }
    #expect(readsX.sorted() == [0, 2])
  }

  /// Together or apart is measured where the model sees both close to each other, remembered and kept.
  @Test func aMeasuredLayerIsRememberedAndKept() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let layer = Self.layer(12, 32, 5, batch: 8)
    let contenders = LayerChoice(layer, .measured).contenders.map(\.name)
    #expect(contenders.count >= 2)
    let test = try LayerProgram(layer)
    func device(_ method: FFTWBackend.ConvolutionMethod = .measured) throws -> CPUDevice {
      try FFTWBackend(options: .init(threads: 1, convolution: method, cacheFolder: folder)).openCPU()
    }
    func cache() -> TuningCache { TuningCache(folder: folder, instructionSet: .widest, threads: 1) }
    let first = try device()
    let step = try test.step(on: first)
    let name = first.tuner.taken.convolutions[layer.key] ?? ""
    let chosen = try #require(contenders.first { $0 == name })
    #expect(cache().read().tuning.convolutions[layer.key] == chosen)
    try step.run(test.values(seed: 1))
    let expected = try step.outputs()
    // Another device that keeps the choices computes the same bits, whatever it was told.
    let second = try device(.tiles)
    try second.keep(first.tuning)
    let other = try test.step(on: second)
    try other.run(test.values(seed: 1))
    #expect(try other.outputs() == expected && second.tuning == first.tuning)
    // What is remembered is believed.
    let wrong = try #require(contenders.first { $0 != chosen })
    try FileManager.default.removeItem(atPath: folder)
    #expect(cache().add(Tuning(convolutions: [layer.key: wrong])) == nil)
    let third = try device()
    _ = try test.step(on: third)
    #expect(third.tuner.taken.convolutions[layer.key] == wrong)
  }
}
