import GoldenSuite
import Testing

@Suite struct UNetTests {
  /// The prediction within 1e-5 of diffusers' and every gradient within 1e-4.
  @Test(arguments: backends.map(\.name), GoldenUNet.names)
  func predictionAndGradients(backend: String, configuration: String) throws {
    let deviation = try GoldenUNet(configuration).deviation(on: device(backend))
    #expect(deviation.prediction < 1e-5)
    #expect(deviation.loss < 1e-5)
    let worst = deviation.worstGradient
    #expect(worst.error < 1e-4, "the gradient of \(worst.name) is the worst of \(deviation.gradients.count)")
    #expect(deviation.gradients.count > 100)
  }
}
