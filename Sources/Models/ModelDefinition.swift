import SfumatoJSON
import SfumatoRegistry

/// A kind of model that can be chosen.
public struct ModelDefinition: RegistryEntry {
  /// Makes a model.
  ///
  /// - Parameters:
  ///   - configuration: a JSON object; `sample_size`, `in_channels`, `out_channels` and `num_class_embeds` (a number or
  ///     null) are always there.
  ///   - options: the values of the definition's options.
  public typealias Build =
    @Sendable (_ configuration: JSONValue, _ options: OptionValues) throws -> any Model

  public let name: String
  public let summary: String
  /// The task that its models are for, by name; they are of the type that the task takes.
  public let task: String
  public let options: [PluginOption]
  /// Whether the configuration has the keys of a recipe's `model` section; other models take options only.
  public let readsRecipeKeys: Bool
  private let build: Build

  public init(
    name: String, summary: String, task: String = "denoising", options: [PluginOption] = [],
    readsRecipeKeys: Bool = false, build: @escaping Build
  ) {
    self.name = name
    self.summary = summary
    self.task = task
    self.options = options
    self.readsRecipeKeys = readsRecipeKeys
    self.build = build
  }

  /// The model that `configuration` and `options` describe.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range, `ModelError` for a bad configuration.
  public func model(_ configuration: JSONValue, options given: [String: OptionValue] = [:]) throws
    -> any Model
  {
    try build(configuration, OptionValues(given, for: options, of: "model \"\(name)\""))
  }
}

/// The kinds of model that can be chosen.
public enum Models {
  public static let registry = Registry<ModelDefinition>(
    kind: "model",
    [
      ModelDefinition(
        name: "unet2d", summary: "The U-Net of DDPM, as diffusers' UNet2DModel; with or without classes",
        readsRecipeKeys: true
      ) { configuration, _ in try UNet2D(UNet2DConfiguration(json: configuration)) },
      R3GAN.definition, DCGAN.definition,
    ])
}
