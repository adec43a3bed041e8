import SfumatoGraph
import SfumatoJSON
import SfumatoNN

/// The U-Net of Ho et al., "Denoising diffusion probabilistic models", 2020, with the structure, options and
/// state names of diffusers' `UNet2DModel`.
public struct UNet2D: DenoisingModel {
  public let options: UNet2DConfiguration
  public let isConditional: Bool

  /// - Parameter isConditional: whether it is told anything beside its input; as the options have classes when nil.
  /// - Throws: `ModelError` when the options do not fit together.
  public init(_ options: UNet2DConfiguration, isConditional: Bool? = nil) throws(ModelError) {
    try options.validate()
    self.options = options
    self.isConditional = isConditional ?? (options.numClassEmbeds != nil)
  }

  public var kind: String { "unet2d" }
  public var inChannels: Int { options.inChannels }
  public var outChannels: Int { options.outChannels }
  public var configuration: JSONValue { options.json }

  public func callAsFunction(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws
    -> Tensor
  {
    try scope.traced {
      try check(images: x, multipleOf: options.sizeMultiple)
      try check(conditions)
      let time = try timeEmbedding(noise, conditions, scope)
      let trunk = Trunk(options: options, time: try time.silu())
      var h = options.centerInputSample ? try x * 2 - 1 : x
      h = try scope["conv_in"].conv2d(h, channels: options.blockOutChannels[0])
      var skips = [h]
      for block in options.blockOutChannels.indices {
        h = try trunk.down(block, h, &skips, scope["down_blocks"][block])
      }
      if options.hasMidBlock { h = try trunk.middle(h, scope["mid_block"]) }
      for block in options.blockOutChannels.indices {
        h = try trunk.up(block, h, &skips, scope["up_blocks"][block])
      }
      h = try scope["conv_norm_out"].groupNorm(
        h, groups: options.normNumGroups, eps: options.normEps, activation: .silu)
      h = try scope["conv_out"].conv2d(h, channels: options.outChannels)
      guard options.timeEmbeddingType == .fourier else { return h }
      return try h.cast(noise.dtype) / noise.reshape([noise.shape.count, 1, 1, 1])
    }
  }

  /// The embedding [N, timeFeatures] of noise levels [N] and conditions.
  private func timeEmbedding(_ noise: Tensor, _ conditions: Conditioning, _ scope: Scope) throws -> Tensor {
    let size = options.blockOutChannels[0], features = options.timeFeatures
    let embedded =
      switch options.timeEmbeddingType {
      case .positional:
        try scope["time_proj"].traced {
          try noise.sinusoidalEmbedding(
            size: size, cosineFirst: options.flipSinToCos, frequencyShift: options.freqShift)
        }
      case .fourier:
        try scope["time_proj"].traced {
          try noise.fourierEmbedding(
            weight: scope["time_proj"].parameter(
              "weight", [size], .normal(deviation: 16), isTrainable: false))
        }
      }
    let layers = scope["time_embedding"]
    let time = try layers["linear_2"].linear(
      layers["linear_1"].linear(embedded, features).silu(), features)
    return try conditions.vector(size: features, in: scope).map { try time + $0 } ?? time
  }
}

/// The blocks between the first and the last convolution.
private struct Trunk {
  let options: UNet2DConfiguration
  /// silu of the time embedding, which every residual block projects; of the noise level's type, whatever that of the
  /// images.
  let time: Tensor

  /// A block on the way down: residual blocks, each followed by attention in an attention block, then a
  /// convolution of stride 2, except in the last block. Every result becomes a skip.
  func down(_ block: Int, _ x: Tensor, _ skips: inout [Tensor], _ scope: Scope) throws -> Tensor {
    var h = x
    let channels = options.blockOutChannels[block]
    for layer in 0..<options.layersPerBlock {
      h = try residual(h, channels, scope["resnets"][layer])
      if options.downBlockTypes[block] == .attention {
        h = try attention(h, groups: options.normNumGroups, scope["attentions"][layer])
      }
      skips.append(h)
    }
    guard block < options.blockOutChannels.count - 1 else { return h }
    h = try scope["downsamplers"][0]["conv"].conv2d(
      h, channels: channels, stride: 2, padding: options.downsamplePadding == 1 ? (1, 1, 1, 1) : (0, 0, 1, 1))
    skips.append(h)
    return h
  }

  func middle(_ x: Tensor, _ scope: Scope) throws -> Tensor {
    let channels = x.shape[3], scale = options.midBlockScaleFactor
    var h = try residual(x, channels, scale: scale, scope["resnets"][0])
    if options.addAttention {
      h = try attention(h, groups: options.midAttentionGroups, scale: scale, scope["attentions"][0])
    }
    return try residual(h, channels, scale: scale, scope["resnets"][1])
  }

  /// A block on the way up: each residual block takes the last skip beside its input; then, except in the last
  /// block, upsampling and a convolution.
  func up(_ block: Int, _ x: Tensor, _ skips: inout [Tensor], _ scope: Scope) throws -> Tensor {
    var h = x
    let channels = options.blockOutChannels[options.blockOutChannels.count - 1 - block]
    for layer in 0...options.layersPerBlock {
      h = try residual(.concat([h, skips.removeLast()], axis: 3), channels, scope["resnets"][layer])
      if options.upBlockTypes[block] == .attention {
        h = try attention(h, groups: options.normNumGroups, scope["attentions"][layer])
      }
    }
    guard block < options.blockOutChannels.count - 1 else { return h }
    let sampler = scope["upsamplers"][0]["conv"]
    return try sampler.conv2d(sampler.traced { try h.upsampledNearest() }, channels: channels)
  }

  /// A residual block (N, H, W, C) → (N, H, W, channels).
  func residual(_ x: Tensor, _ channels: Int, scale: Double = 1, _ scope: Scope) throws -> Tensor {
    try scope.traced {
      let groups = options.normNumGroups, eps = options.normEps
      var h = try scope["norm1"].groupNorm(x, groups: groups, eps: eps, activation: .silu)
      h = try scope["conv1"].conv2d(h, channels: channels)
      switch options.resnetTimeScaleShift {
      case .added:
        h = try h + projectedTime(channels, scope).cast(h.dtype)
        h = try scope["norm2"].groupNorm(h, groups: groups, eps: eps, activation: .silu)
      case .scaleShift:
        let both = try projectedTime(2 * channels, scope).cast(h.dtype)
        h = try scope["norm2"].groupNorm(h, groups: groups, eps: eps)
        h = try h * (both.slice(axis: 3, 0..<channels) + 1) + both.slice(axis: 3, channels..<2 * channels)
        h = try h.silu()
      }
      h = try scope["dropout"].dropout(h, rate: options.dropout)
      h = try scope["conv2"].conv2d(h, channels: channels)
      let shortcut =
        x.shape[3] == channels
        ? x : try scope["conv_shortcut"].conv2d(x, channels: channels, kernel: 1)
      let sum = try shortcut + h
      return scale == 1 ? sum : try sum / scale
    }
  }

  /// The time embedding for each image, (N, 1, 1, channels).
  private func projectedTime(_ channels: Int, _ scope: Scope) throws -> Tensor {
    let projected = try scope["time_emb_proj"].linear(time, channels)
    return try projected.reshape([projected.shape[0], 1, 1, channels])
  }

  /// Self-attention over all positions of (N, H, W, C), with a residual connection.
  func attention(_ x: Tensor, groups: Int?, scale: Double = 1, _ scope: Scope) throws -> Tensor {
    try scope.traced {
      let (n, positions, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
      let heads = options.attentionHeadDim.map { channels / $0 } ?? 1
      let features = heads * (options.attentionHeadDim ?? channels)
      var h = try x.reshape([n, positions, channels])
      if let groups { h = try scope["group_norm"].groupNorm(h, groups: groups, eps: options.normEps) }
      h = try scope["to_q"].linear(h, features).attention(
        keys: scope["to_k"].linear(h, features), values: scope["to_v"].linear(h, features), heads: heads)
      h = try scope["to_out"][0].linear(h, channels)
      // In the shape that the projection has, so that one kernel may do both.
      let rows: Shape = [n * positions, channels]
      let sum = try h.reshape(rows) + x.reshape(rows)
      return try (scale == 1 ? sum : sum / scale).reshape(x.shape)
    }
  }
}
