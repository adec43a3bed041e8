import Sfumato

/// A denoiser without levels: residual blocks at full resolution. Small and plain, to show what a model is.
struct ResidualNet: DenoisingModel {
  let inChannels: Int
  let outChannels: Int
  /// Channels inside.
  let width: Int
  let blocks: Int
  let isConditional: Bool

  let kind = "residual"
  var configuration: JSONValue {
    [
      "in_channels": .integer(inChannels), "out_channels": .integer(outChannels), "width": .integer(width),
      "blocks": .integer(blocks),
    ]
  }

  func callAsFunction(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor
  {
    // What the noise level means to each channel.
    let waves = try (noise * 100).sinusoidalEmbedding(size: width, cosineFirst: true, frequencyShift: 0)
    var level = try scope["level"].linear(waves, width)
    if let told = try conditions.vector(size: width, in: scope) { level = try level + told }
    level = try level.silu()
    var h = try scope["first"].conv2d(x, channels: width)
    for block in 0..<blocks {
      let place = scope["blocks"][block]
      let shift = try place["level"].linear(level, width).reshape([x.shape[0], 1, 1, width])
      var y = try place["norm"].groupNorm(h, groups: 8, activation: .silu)
      // Wider and wider neighbourhoods would need levels; a large kernel does for small images.
      y = try place["wide"].conv2d(y, channels: width, kernel: 7) + shift
      h = try h + place["narrow"].conv2d(y.silu(), channels: width)
    }
    return try scope["last"].conv2d(h, channels: outChannels)
  }

  /// What makes it a choice: a name, a line on it, and its options, which recipes give as `model.options`.
  static let definition = ModelDefinition(
    name: "residual", summary: "residual blocks at full resolution",
    options: [
      PluginOption("width", "Channels inside, a multiple of 8", .integer(default: 32, in: 8...512)),
      PluginOption("blocks", "Residual blocks", .integer(default: 3, in: 1...64)),
    ]
  ) { images, options in
    ResidualNet(
      inChannels: images.channels, outChannels: images.channels, width: options.integer("width") / 8 * 8,
      blocks: options.integer("blocks"), isConditional: images.isConditional)
  }
}
