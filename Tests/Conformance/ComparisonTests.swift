import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoFFTWBackend
import SfumatoOracle
import Testing

/// A step on two devices, node by node.
@Suite struct ComparisonTests {
  private func compare(_ fault: Fault?, precision: String = "f32") throws -> NodeComparison {
    var recipe = TracedStep.smallRecipe
    recipe.training.precision = precision
    let step = try TracedStep(recipe)
    let fftw = try FFTWBackend(options: .init(threads: 2)).open(0)
    return try NodeComparison(
      step.program, inputs: step.inputs, states: step.states, on: OracleBackend().open(0),
      and: fault.map { FaultyDevice(fftw, $0) } ?? fftw)
  }

  @Test func aGoodBackendAgrees() throws {
    let comparison = try compare(nil)
    #expect(comparison.first == nil && comparison.differing == 0)
    #expect(comparison.nodes > 900 && comparison.largestError < 1e-8)
    // The gradient of the bias of attention's keys is zero, and what AdamW makes of it.
    #expect(comparison.fromRounding < 30)
  }

  /// Each device rounds to 16 bits, not always in the same direction.
  @Test func inBF16TooBackendsAgree() throws {
    let comparison = try compare(nil, precision: "bf16")
    #expect(comparison.first == nil && comparison.differing == 0, "\(comparison)")
    #expect(comparison.nodes > 900 && (1e-7..<1e-3).contains(comparison.largestError))
    let wrong = try #require(try compare(.convolutionEdge, precision: "bf16").first)
    #expect(wrong.operation == "conv" && wrong.scope.contains("conv_in") && wrong.types.contains("bf16"))
  }

  @Test func theFirstWrongNodeIsNamed() throws {
    let first = try #require(try compare(.convolutionEdge).first)
    #expect(first.operation == "conv" && first.scope.contains("conv_in"))
    #expect(first.types == "f32[2, 8, 8, 3], f32[4, 3, 3, 3] → f32[2, 8, 8, 4]")
    #expect(first.error > 1e-3 && first.ownError > 1e-3)
  }
}
