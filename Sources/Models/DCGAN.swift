import SfumatoGraph
import SfumatoJSON
import SfumatoNN
import SfumatoRegistry

/// The simple baseline: strided 4×4 convolutions, as in DCGAN (Radford et al., 2015).
///
/// Where that has batch normalisation, the generator has group normalisation and the discriminator none: gradient penalties need
/// scores that depend on one image each.
public struct DCGAN: AdversarialModel, Hashable {
  private let images: ImageShape
  /// Channels at half of the full resolution; every halving doubles them.
  public let width: Int
  public let latentSize: Int
  private let levels: Int

  static let definition = ModelDefinition(
    name: "dcgan", summary: "DCGAN: strided convolutions, the simple baseline; with or without classes",
    task: "adversarial",
    options: [
      PluginOption("width", "Channels at half of the resolution", .integer(default: 32, in: 4...1024)),
      PluginOption("latent_size", "Numbers in a latent vector", .integer(default: 64, in: 1...4096)),
    ]
  ) { try DCGAN($0, $1) }

  private init(_ images: ImageShape, _ options: OptionValues) throws(ModelError) {
    levels = try images.halvings(to: 4, in: 8...256)
    self.images = images
    width = options.integer("width")
    latentSize = options.integer("latent_size")
  }

  public var kind: String { "dcgan" }
  public var isConditional: Bool { images.isConditional }
  public var resolution: Int { images.resolution }
  public var channels: Int { images.channels }

  public var configuration: JSONValue {
    var object = JSONObject()
    for (key, value) in images.members { object[key] = value }
    object["width"] = .integer(width)
    object["latent_size"] = .integer(latentSize)
    return .object(object)
  }

  /// Channels after `level` halvings.
  private func width(_ level: Int) -> Int { width << (level - 1) }

  private static let deviation = Initializer.normal(deviation: 0.02)

  public func generate(_ z: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    let latent = try latent(z, conditions, in: scope)
    let deepest = width(levels)
    var h = try scope["linear"].linear(latent, 16 * deepest).reshape([z.shape[0], 4, 4, deepest])
    for level in (1...levels).reversed() {
      let stage = scope["stages"][levels - level]
      h = try stage["norm"].groupNorm(h, groups: min(8, h.shape[3] / 4)).leakyReLU()
      h = try stage["conv"].convTransposed2d(
        h, channels: level > 1 ? width(level - 1) : channels, weight: Self.deviation)
    }
    return try h.tanh()
  }

  public func discriminate(_ images: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    try check(conditions)
    var h = images
    for level in 1...levels {
      h = try scope["stages"][level - 1]["conv"].conv2d(
        h, channels: width(level), kernel: 4, stride: 2, padding: (1, 1, 1, 1)
      ).leakyReLU()
    }
    let batch = h.shape[0], features = try h.reshape([batch, h.shape.count / max(1, batch)])
    let score = try scope["linear"].linear(features, 1)
    guard isConditional else { return try score.reshape([batch]) }
    let projected = try scope["projection"].linear(features, width(levels))
    return try (score + fit(projected, conditions, in: scope)).reshape([batch])
  }
}
