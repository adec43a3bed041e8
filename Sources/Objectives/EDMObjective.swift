import SfumatoGraph
import SfumatoNN
import SfumatoRegistry
import SfumatoSamplers

/// Denoising with preconditioning (Karras et al., "Elucidating the design space of diffusion-based generative
/// models", 2022, table 1 and section 5).
public struct EDMObjective: DenoisingObjective, Hashable {
  /// The standard deviation of the data's values, σ_data.
  public var sigmaData: Double
  /// ln σ of training is Gaussian with this mean and standard deviation.
  public var logMean: Double
  public var logDeviation: Double

  public init(sigmaData: Double = 0.5, logMean: Double = -1.2, logDeviation: Double = 1.2) {
    self.sigmaData = sigmaData
    self.logMean = logMean
    self.logDeviation = logDeviation
  }

  public var noiseSchedule: NoiseSchedule { .karras() }

  /// σ of each image.
  public func levels(_ key: Tensor, batch: Int) throws -> Tensor {
    try (key.normal(.noiseLevel, [batch]) * logDeviation + logMean).exp()
  }

  /// λ(σ)·‖D − clean‖², a mean over each image, with λ = (σ² + σ_d²)/(σσ_d)².
  ///
  /// As λ·c_out² = 1, that is ‖F − (clean − c_skip·x)/c_out‖², and the target is c_in·(σ/σ_d·clean − σ_d·noise):
  /// in this form nothing cancels at low noise.
  public func losses(
    clean: Tensor, noise: Tensor, level: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let sigma = try level.perImage(), inputScale = try inputScale(sigma)
    let x = try clean + sigma * noise
    let prediction = try network(inputScale * x, conditioning(level), conditions)
    let target = try inputScale * (sigma * (1 / sigmaData) * clean - noise * sigmaData)
    return try (prediction - target).meanSquarePerImage()
  }

  /// c_skip·x + c_out·F(c_in·x; c_noise).
  public func denoised(
    _ x: Tensor, sigma: Tensor, conditions: Conditioning, network: DenoisingNetwork,
    in scope: Scope
  ) throws -> Tensor {
    let level = try sigma.perImage(), inputScale = try inputScale(level)
    let prediction = try network(inputScale * x, conditioning(sigma), conditions)
    let skip = try (inputScale * sigmaData).squared()
    return try skip * x + level * sigmaData * inputScale * prediction
  }

  /// c_in = 1/√(σ² + σ_d²).
  private func inputScale(_ sigma: Tensor) throws -> Tensor {
    try (sigma.squared() + sigmaData * sigmaData).sqrt().reciprocal()
  }

  /// c_noise = ln σ/4.
  func conditioning(_ sigma: Tensor) throws -> Tensor { try sigma.log() * 0.25 }
}

extension EDMObjective {
  static let definition = ObjectiveDefinition(
    name: "edm", summary: "Preconditioned denoising over continuous noise levels",
    options: options(logMean: -1.2, logDeviation: 1.2)
  ) { EDMObjective($0) }

  /// - Parameters:
  ///   - logMean: the usual one, as logDeviation.
  static func options(logMean: Double, logDeviation: Double) -> [PluginOption] {
    [
      PluginOption(
        "sigma_data", "The standard deviation of the data's values", .number(default: 0.5, in: 0.01...10)),
      PluginOption("log_mean", "The mean of ln sigma in training", .number(default: logMean, in: -10...10)),
      PluginOption(
        "log_deviation", "The standard deviation of ln sigma", .number(default: logDeviation, in: 0.01...10)),
    ]
  }

  /// - Parameter options: values of `Self.options`.
  init(_ options: OptionValues) {
    self.init(
      sigmaData: options.number("sigma_data"), logMean: options.number("log_mean"),
      logDeviation: options.number("log_deviation"))
  }
}
