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
  public typealias Build<Made> =
    @Sendable (_ configuration: JSONValue, _ options: OptionValues) throws -> Made

  /// What the model does, and how it is made.
  enum Task {
    case denoising(Build<any DenoisingModel>)
    case adversarial(Build<any AdversarialModel>)
  }

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  let task: Task

  /// A model that denoises.
  public init(
    name: String, summary: String, options: [PluginOption] = [],
    build: @escaping Build<any DenoisingModel>
  ) {
    self.init(name, summary, options, .denoising(build))
  }

  /// A generator with its discriminator.
  public static func adversarial(
    name: String, summary: String, options: [PluginOption] = [],
    build: @escaping Build<any AdversarialModel>
  ) -> ModelDefinition {
    ModelDefinition(name, summary, options, .adversarial(build))
  }

  private init(_ name: String, _ summary: String, _ options: [PluginOption], _ task: Task) {
    self.name = name
    self.summary = summary
    self.options = options
    self.task = task
  }

  /// Whether it is a generator with its discriminator.
  public var isAdversarial: Bool { if case .adversarial = task { true } else { false } }

  /// The model that `configuration` and `options` describe.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range, `ModelError` for a bad configuration.
  public func model(_ configuration: JSONValue, options given: [String: OptionValue] = [:]) throws
    -> any Model
  {
    let values = try OptionValues(given, for: options, of: "model \"\(name)\"")
    return switch task {
    case .denoising(let build): try build(configuration, values)
    case .adversarial(let build): try build(configuration, values)
    }
  }
}

/// The kinds of model that can be chosen.
public enum Models {
  public static let registry = Registry<ModelDefinition>(
    kind: "model",
    [
      ModelDefinition(
        name: "unet2d", summary: "The U-Net of DDPM, as diffusers' UNet2DModel; with or without classes"
      ) { configuration, _ in try UNet2D(UNet2DConfiguration(json: configuration)) },
      R3GAN.definition, DCGAN.definition,
    ])
}
