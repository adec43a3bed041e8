import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoRegistry

/// A generator and a discriminator of dense layers with leaky ReLU, for examples of a few numbers.
public struct DenseNetworks: AdversarialModel {
  public let resolution: Int
  public let channels: Int
  public let latentSize: Int
  /// Features of a hidden layer.
  public let width: Int
  /// Hidden layers of each network.
  public let depth: Int
  /// What the generator's last layer is multiplied by, so that it begins with examples as widely spread as the data.
  public let spread: Double

  public var kind: String { Self.definition.name }
  public var isConditional: Bool { false }
  public var configuration: JSONValue {
    [
      "sample_size": .integer(resolution), "in_channels": .integer(channels),
      "latent_size": .integer(latentSize),
      "width": .integer(width), "depth": .integer(depth), "spread": .number(spread),
    ]
  }

  private static let definition = ModelDefinition(
    name: "dense", summary: "Dense layers",
    task: "adversarial",
    options: [
      PluginOption("width", "Features of a hidden layer", .integer(default: 128, in: 1...4096)),
      PluginOption("depth", "Hidden layers", .integer(default: 4, in: 1...64)),
      PluginOption("latent_size", "Numbers in a latent vector", .integer(default: 2, in: 1...4096)),
      PluginOption("spread", "Factor of what the generator makes", .number(default: 1, in: 1e-3...1e3)),
    ]
  ) { images, options in
    DenseNetworks(
      resolution: images.resolution, channels: images.channels,
      latentSize: options.integer("latent_size"), width: options.integer("width"),
      depth: options.integer("depth"), spread: options.number("spread"))
  }

  /// Makes the model known to recipes.
  public static func register() {
    if !Models.registry.names.contains(definition.name) { Models.registry.register(definition) }
  }

  public func generate(_ z: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    // The Gaussian's distribution function, nearly (Hendrycks and Gimpel, 2016): equal parts of the cube that comes out are as likely,
    // so that each of equal modes finds as much room.
    let cube = try ((z + z * z * z * 0.044715) * (2 / Double.pi).squareRoot()).tanh()
    let size = resolution * resolution * channels
    return try (layers(cube, size, in: scope) * spread).reshape([
      z.shape[0], resolution, resolution, channels,
    ])
  }

  public func discriminate(_ images: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    let count = images.shape[0]
    let examples = try images.reshape([count, resolution * resolution * channels])
    return try layers(examples, 1, in: scope).reshape([count])
  }

  private func layers(_ x: Tensor, _ out: Int, in scope: Scope) throws -> Tensor {
    var h = x
    for number in 0..<depth {
      let deviation = (2 / Double(h.shape[1])).squareRoot()
      h = try scope[number].linear(h, width, weight: .normal(deviation: deviation)).leakyReLU()
    }
    return try scope["out"].linear(h, out)
  }
}
