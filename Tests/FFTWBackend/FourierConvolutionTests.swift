import SfumatoGraph
import Testing

@testable import SfumatoFFTWBackend

/// Ways to cut maps into transforms.
@Suite struct FourierConvolutionTests {
  static let geometries: [ConvGeometry] = [
    .init(
      inputHeight: 8, inputWidth: 8, inChannels: 4, outChannels: 6, kernelHeight: 3, kernelWidth: 3,
      padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1),
    .init(
      inputHeight: 16, inputWidth: 16, inChannels: 2, outChannels: 4, kernelHeight: 3, kernelWidth: 3,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1),
    .init(
      inputHeight: 4, inputWidth: 6, inChannels: 6, outChannels: 2, kernelHeight: 5, kernelWidth: 3,
      padTop: 2,
      padLeft: 0, padBottom: 1, padRight: 2),
    .init(inputHeight: 7, inputWidth: 5, inChannels: 2, outChannels: 2, kernelHeight: 4, kernelWidth: 2),
    .init(
      inputHeight: 3, inputWidth: 2, inChannels: 2, outChannels: 34, kernelHeight: 1, kernelWidth: 1,
      padTop: 1, padLeft: 2, padBottom: 0, padRight: 1),
    .init(
      inputHeight: 6, inputWidth: 5, inChannels: 2, outChannels: 2, kernelHeight: 3, kernelWidth: 3,
      padTop: 3,
      padLeft: 3, padBottom: 2, padRight: 4),
    .init(
      inputHeight: 11, inputWidth: 9, inChannels: 2, outChannels: 4, kernelHeight: 7, kernelWidth: 7,
      padTop: 3, padLeft: 3, padBottom: 3, padRight: 3),
  ]

  /// Every cut, whole maps with one and with many to a square, more and fewer maps than fill the last one.
  @Test(arguments: geometries) func everyCutAgreesWithOracle(g: ConvGeometry) throws {
    for pass in ConvolutionPass.allCases {
      let layer = LayerPasses(geometry: g, batch: 5, passes: [pass])
      let test = try LayerProgram(layer)
      for cut in FourierConvolution.cuts(g) {
        let step = try test.step(on: .keeping([layer.key: cut.name]))
        #expect(step.kernelNames.contains { $0.hasSuffix(cut.name) })
        try step.run(test.values(seed: 1))
        let error = try test.error(step.outputs(), seed: 1)
        #expect(error < 1e-12, "\(pass) \(cut.name): \(error)")
      }
    }
  }

  /// With padding 1 a map of 8 takes 9, and four of them 18.
  @Test func wholeMapsLieAsCloseAsTheirPadding() {
    let g = Self.geometries[0]
    #expect(FourierConvolution.periods(g) == (9, 9))
    let shape = FourierConvolution(g, .forward, batch: 5, cut: FourierCut(size: 18, isWhole: true))
    #expect(shape.tiles == 2)
    #expect(shape.signal.pieces(0).map(\.tileRow) == [1, 1, 10, 10])
    #expect(shape.signal.pieces(0).map(\.tileCol) == [1, 10, 1, 10])
    #expect(shape.signal.pieces(1).map(\.image) == [4])
    #expect(shape.gradient.pieces(0).map(\.tileRow) == [0, 0, 9, 9])
  }

  /// Whatever the cut, each pixel of a result comes out of one tile, and each of dy goes into one for the weight gradient.
  @Test(arguments: geometries) func everyPixelIsInOneTile(g: ConvGeometry) {
    for pass in ConvolutionPass.allCases {
      for cut in FourierConvolution.cuts(g) {
        let layout = FourierConvolution(g, pass, batch: 5, cut: cut).result
        var count = [Int](repeating: 0, count: 5 * layout.rows * layout.cols)
        for piece in (0..<layout.tiles).flatMap(layout.pieces) {
          for r in 0..<piece.rows {
            for c in 0..<piece.cols {
              count[((piece.image * layout.rows) + piece.mapRow + r) * layout.cols + piece.mapCol + c] += 1
            }
          }
        }
        #expect(count.allSatisfy { $0 == 1 }, "\(pass) \(cut.name)")
      }
    }
  }

  /// With both gradients of whole maps dy is cut alike, and x for the forward pass and the weight gradient always is.
  @Test(arguments: geometries) func cutsThatMatch(g: ConvGeometry) {
    for cut in FourierConvolution.cuts(g) {
      func shape(_ pass: ConvolutionPass) -> FourierConvolution {
        FourierConvolution(g, pass, batch: 5, cut: cut)
      }
      #expect(shape(.forward).signal == shape(.gradWeight).signal)
      #expect((shape(.gradInput).signal == shape(.gradWeight).gradient) == cut.isWhole)
    }
  }

  /// Samples and frequencies in Good's order give the transform by the definition.
  @Test(arguments: [7, 18, 20, 24, 33, 36, 40]) func linesAreInOrder(count: Int) {
    let extent = TransformExtent(count)
    #expect(extent.outer * extent.inner == count)
    #expect(Set(extent.samples) == Set(0..<count) && Set(extent.frequencies) == Set(0..<count))
    let isRight = (0..<count).allSatisfy { n in
      (0..<count).allSatisfy { k in
        let (s, f) = (extent.samples[n], extent.frequencies[k])
        // The turns that the two axes make together, in units of 1 / count.
        let turns =
          (s / extent.inner) * (f / extent.inner) * extent.inner
          + (s % extent.inner) * (f % extent.inner) * extent.outer
        return (n * k - turns) % count == 0
      }
    }
    #expect(isRight)
  }
}
