import SfumatoGraph
import SfumatoJSON
import SfumatoNN

/// The U-Net of EDM2 (Karras et al., "Analyzing and improving the training dynamics of diffusion models", 2024, configuration G,
/// figure 21): neither weights nor activations can grow, as each layer keeps the magnitude of what goes through it.
public struct EDM2UNet: DenoisingModel, Hashable {
  public let sizes: EDM2Configuration

  /// - Throws: `ModelError` when the sizes do not fit together.
  public init(_ sizes: EDM2Configuration) throws(ModelError) {
    try sizes.validate()
    self.sizes = sizes
  }

  static let definition = ModelDefinition(
    name: "edm2", summary: "The U-Net of EDM2, whose layers keep magnitudes; with or without classes",
    options: EDM2Configuration.options
  ) { try EDM2UNet(EDM2Configuration($0, $1)) }

  public var kind: String { "edm2" }
  public var isConditional: Bool { sizes.images.isConditional }
  public var inChannels: Int { sizes.images.channels }
  public var outChannels: Int { sizes.images.channels }
  public var configuration: JSONValue { sizes.json }

  public func callAsFunction(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws
    -> Tensor
  {
    try scope.traced {
      try check(images: x, multipleOf: sizes.sizeMultiple)
      try check(conditions)
      let block = EDM2Block(configuration: sizes, embedding: try embedding(noise, conditions, scope))
      // A channel of ones stands in for biases, which no layer has.
      let ones = try x.graph.constant(1, x.dtype, [x.shape[0], x.shape[1], x.shape[2], 1])
      let first = try scope["conv_in"].mpConv2d(.concat([x, ones], axis: 3), channels: sizes.widths[0])
      var skips = try encoded(first, block, scope["encoder"])
      var h = skips[skips.count - 1]
      h = try block.decode(h, h.shape[3], attends: true, scope["middle"][0])
      h = try block.decode(h, h.shape[3], scope["middle"][1])
      h = try decoded(h, &skips, block, scope["decoder"])
      return try scope["conv_out"].gained(scope["conv_out"].mpConv2d(h, channels: outChannels))
    }
  }

  /// The way down: what each block makes, which are the skip connections; before the blocks of each level but the first, one
  /// behind a resampling.
  private func encoded(_ first: Tensor, _ block: EDM2Block, _ scope: Scope) throws -> [Tensor] {
    var all = [first], h = first
    for (level, channels) in sizes.widths.enumerated() {
      let place = scope[level]
      if level > 0 {
        h = try block.encode(h.downsampledMean(), h.shape[3], place["down"])
        all.append(h)
      }
      for layer in 0..<sizes.layersPerBlock {
        h = try block.encode(h, channels, attends: attends(level), place["blocks"][layer])
        all.append(h)
      }
    }
    return all
  }

  /// The way up: each block takes the last skip connection beside its input.
  private func decoded(_ x: Tensor, _ skips: inout [Tensor], _ block: EDM2Block, _ scope: Scope) throws
    -> Tensor
  {
    var h = x
    for (level, channels) in sizes.widths.enumerated().reversed() {
      let place = scope[level]
      if level < sizes.widths.count - 1 {
        h = try block.decode(h.upsampledNearest(), h.shape[3], place["up"])
      }
      for layer in 0...sizes.layersPerBlock {
        let joined = try h.mpConcat(skips.removeLast(), sizes.skipBalance)
        h = try block.decode(joined, channels, attends: attends(level), place["blocks"][layer])
      }
    }
    return h
  }

  private func attends(_ level: Int) -> Bool { sizes.attentionLevels.contains(level) }

  /// The embedding [N, features] of noise levels [N] and conditions.
  private func embedding(_ noise: Tensor, _ conditions: Conditioning, _ scope: Scope) throws -> Tensor {
    let waves = try scope["noise_fourier"].mpFourier(noise * sizes.noiseScale, size: sizes.width)
    let level = try scope["noise_linear"].mpLinear(waves, sizes.features)
    guard let told = try conditions.mpVector(size: sizes.features, in: scope) else {
      return try level.mpSilu()
    }
    return try level.mpSum(told, sizes.classBalance).mpSilu()
  }
}
