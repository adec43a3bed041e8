import SfumatoGraph
import SfumatoJSON
import SfumatoNN
import SfumatoRegistry

/// A network from noisy images and a noise level to a prediction of the images' shape.
public protocol DenoisingModel: Sendable {
  /// The registry's name of this kind of model.
  var kind: String { get }
  /// Channels of the images that go in.
  var inChannels: Int { get }
  /// Channels of the prediction.
  var outChannels: Int { get }
  /// The labels that the model knows, 0 ..< labelCount; nil for an unconditional model.
  var labelCount: Int? { get }
  /// The configuration, which the registry's entry reads back.
  var configuration: JSONValue { get }

  /// Traces the network.
  ///
  /// - Parameters:
  ///   - x: images (N, H, W, inChannels), of a float type: what layers should store their results as.
  ///   - noise: the noise level or timestep that the objective conditions on, f32 [N].
  ///   - labels: i32 [N]; given exactly if `labelCount` is not nil.
  /// - Returns: (N, H, W, outChannels), f32 or of the type of `x`.
  func callAsFunction(_ x: Tensor, noise: Tensor, labels: Tensor?, in scope: Scope) throws -> Tensor
}

extension DenoisingModel {
  /// This model with its parameters in `scope`, for an objective, whose own values stay as they are.
  ///
  /// - Parameter dtype: what the network's values are stored as.
  public func network(in scope: Scope, storedAs dtype: DType = .f32) -> DenoisingNetwork {
    { x, noise, labels in
      try self(x.cast(dtype), noise: noise, labels: labels, in: scope).cast(x.dtype)
    }
  }
}

/// A kind of model that can be chosen.
public struct ModelDefinition: RegistryEntry {
  /// Makes a model.
  ///
  /// - Parameters:
  ///   - configuration: a JSON object; `sample_size`, `in_channels`, `out_channels` and `num_class_embeds` (a number or
  ///     null) are always there.
  ///   - options: the values of the definition's options.
  public typealias Build =
    @Sendable (_ configuration: JSONValue, _ options: OptionValues) throws -> any DenoisingModel

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  private let build: Build

  public init(name: String, summary: String, options: [PluginOption] = [], build: @escaping Build) {
    self.name = name
    self.summary = summary
    self.options = options
    self.build = build
  }

  /// The model that `configuration` and `options` describe.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range, `ModelError` for a bad configuration.
  public func model(_ configuration: JSONValue, options given: [String: OptionValue] = [:]) throws
    -> any DenoisingModel
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
        name: "unet2d", summary: "The U-Net of DDPM, as diffusers' UNet2DModel; with or without classes"
      ) { configuration, _ in try UNet2D(UNet2DConfiguration(json: configuration)) }
    ])
}
