import GoldenSuite
import Testing

/// Values from PyTorch and diffusers on every backend.
@Suite struct GoldenTests {
  /// Outputs and gradients within 1e-5, second gradients within 1e-4.
  @Test(arguments: backends.map(\.name), GoldenLayers.names)
  func layers(backend: String, layer: String) throws {
    let deviations = try GoldenLayers.deviations(of: layer, on: device(backend))
    #expect(deviations.count >= 2)
    for (name, error) in deviations {
      #expect(error < (name.hasPrefix("second") ? 1e-4 : 1e-5), "\(name)")
    }
  }

  @Test(arguments: backends.map(\.name))
  func timestepEmbeddings(backend: String) throws {
    let deviations = try GoldenEmbeddings.deviations(on: device(backend))
    #expect(deviations.count == 4)
    // In float32 an angle of 999 is rounded to 3e-5.
    for (name, error) in deviations { #expect(error < 1e-4, "\(name)") }
  }

  @Test(arguments: backends.map(\.name))
  func objectives(backend: String) throws {
    let deviations = try GoldenObjectives.deviations(on: device(backend))
    #expect(deviations.count == 24)
    for (name, error) in deviations { #expect(error < 1e-5, "\(name)") }
  }

  /// EDM2's losses and denoised images, and gradients by the network's and the objective's own parameters.
  @Test(arguments: backends.map(\.name))
  func learnedLogVariance(backend: String) throws {
    let deviations = try GoldenEDM2Objective.deviations(on: device(backend))
    #expect(deviations.count == 4)
    for (name, error) in deviations { #expect(error < 1e-5, "\(name)") }
  }

  @Test(arguments: backends.map(\.name))
  func tenAdamWSteps(backend: String) throws {
    let deviation = try GoldenAdamW.deviation(on: device(backend))
    #expect(deviation.parameters < 1e-4)
    #expect(deviation.averages < 1e-4)
    #expect(deviation.losses < 1e-4)
    #expect(deviation.norms < 1e-4)
    #expect(deviation.worst.error < 1e-4, "\(deviation.worst.name)")
  }

  /// The prediction within 1e-5 of diffusers' and every gradient within 1e-4.
  @Test(arguments: backends.map(\.name), GoldenUNet.names)
  func unet(backend: String, configuration: String) throws {
    #expect(try gradientCount(ofUNet: configuration, backend) > 100)
  }

  /// The prediction of EDM2's network within 1e-5 and every gradient within 1e-4.
  @Test(arguments: backends.map(\.name), GoldenUNet.magnitudePreserving)
  func magnitudePreservingUNet(backend: String, configuration: String) throws {
    #expect(try gradientCount(ofUNet: configuration, backend) >= 25)
  }

  /// Checks the prediction, the loss and all gradients that the file has, and says how many these are.
  private func gradientCount(ofUNet configuration: String, _ backend: String) throws -> Int {
    let deviation = try GoldenUNet(configuration).deviation(on: device(backend))
    #expect(deviation.prediction < 1e-5)
    #expect(deviation.loss < 1e-5)
    let worst = deviation.worstGradient
    #expect(worst.error < 1e-4, "the gradient of \(worst.name) is the worst of \(deviation.gradients.count)")
    return deviation.gradients.count
  }

  /// Gradients through the R1 and R2 penalties of a GAN, which are gradients themselves.
  @Test(arguments: backends.map(\.name))
  func gradientPenalties(backend: String) throws {
    let deviations = try GoldenPenalties.deviations(on: device(backend))
    #expect(deviations.count == 13)
    for (name, error) in deviations { #expect(error < 1e-5, "\(name)") }
  }

  /// Pictures, losses, penalties and the gradients of all parameters of both steps of a GAN.
  @Test(arguments: backends.map(\.name), GoldenGAN.names)
  func adversarialSteps(backend: String, model: String) throws {
    let deviations = try GoldenGAN(model).deviations(on: device(backend))
    #expect(deviations.count >= 30)
    for (name, error) in deviations {
      #expect(error < (name.contains("gradient.") ? 1e-4 : 1e-5), "\(name)")
    }
  }

  /// Lion, RAdam and Muon, with which two of four parameters follow AdamW.
  @Test(arguments: backends.map(\.name), GoldenOptimizers.others)
  func tenStepsOfOtherOptimizers(backend: String, settings: String) throws {
    let deviations = try GoldenOptimizers.deviations(of: settings, on: device(backend))
    #expect(deviations.count == (settings == "lion" ? 12 : settings == "radam" ? 16 : 14))
    for (name, error) in deviations { #expect(error < 1e-5, "\(name)") }
  }

  @Test(arguments: backends.map(\.name), GoldenOptimizers.adam)
  func tenAdamSteps(backend: String, settings: String) throws {
    let deviations = try GoldenOptimizers.deviations(of: settings, on: device(backend))
    #expect(deviations.count == 8)
    for (name, error) in deviations { #expect(error < 1e-5, "\(name)") }
  }
}
