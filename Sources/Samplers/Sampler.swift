import SfumatoRegistry

/// An algorithm that leads from noise to an image.
public struct Sampler: RegistryEntry {
  /// The loop down `sigmas` from unit Gaussian noise.
  ///
  /// `loop.x` begins as that noise; the body scales it to its own parametrisation.
  public typealias Body =
    @Sendable (
      _ loop: inout SamplingLoop, _ options: OptionValues
    ) throws -> Void

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  /// The number of steps to take when none is asked for.
  public let defaultSteps: Int
  private let body: Body

  public init(
    name: String, summary: String, options: [PluginOption] = [], defaultSteps: Int, body: @escaping Body
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.defaultSteps = defaultSteps
    self.body = body
  }

  /// Checks `given` and fills in the defaults.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public func validated(_ given: [String: OptionValue]) throws(RegistryError) -> OptionValues {
    try values(given, of: "sampler")
  }

  /// Makes images.
  ///
  /// - Parameters:
  ///   - noise: unit Gaussian noise for the whole batch, in the layout of the denoiser's images.
  ///   - sigmas: descending noise levels, the last exactly 0.
  /// - Returns: the clean batch.
  /// - Throws: `RegistryError` for bad options, `SamplerError`, and what `context` throws.
  public func sample(
    from noise: [Float], sigmas: [Double], options: [String: OptionValue] = [:], _ context: SamplingContext
  ) throws -> [Float] {
    let values = try validated(options)
    var loop = try SamplingLoop(noise: noise, sigmas: sigmas, context: context)
    try body(&loop, values)
    return loop.x.map(Float.init)
  }
}

/// The samplers that can be chosen.
public enum Samplers {
  public static let registry = Registry<Sampler>(
    kind: "sampler",
    [.heun, .euler, .eulerAncestral, .dpmSolverMultistep, .ddpm, .ddim, .flowEuler])
}
