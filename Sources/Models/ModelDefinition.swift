import SfumatoNN
import SfumatoRegistry

/// A kind of model that can be chosen.
public struct ModelDefinition: RegistryEntry {
  /// Makes a model for `images`, with the values of the definition's options.
  public typealias Build = @Sendable (_ images: ImageShape, _ options: OptionValues) throws -> any Model

  public let name: String
  public let summary: String
  /// The task that its models are for, by name; they are of the type that the task takes.
  public let task: String
  public let options: [PluginOption]
  /// The forms of conditions that its models take.
  public let conditions: Set<ConditionForm>
  private let build: Build

  public init(
    name: String, summary: String, task: String = "denoising", options: [PluginOption] = [],
    conditions: Set<ConditionForm> = [.vector], build: @escaping Build
  ) {
    self.name = name
    self.summary = summary
    self.task = task
    self.options = options
    self.conditions = conditions
    self.build = build
  }

  /// The model for `images` with the given options, the others at their defaults.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range, `ModelError` for what does not fit together.
  public func model(for images: ImageShape, options given: [String: OptionValue] = [:]) throws -> any Model {
    try build(images, values(given, of: "model"))
  }
}

/// The kinds of model that can be chosen.
public enum Models {
  public static let registry = Registry<ModelDefinition>(
    kind: "model", [UNet2D.definition, EDM2UNet.definition, R3GAN.definition, DCGAN.definition])
}
