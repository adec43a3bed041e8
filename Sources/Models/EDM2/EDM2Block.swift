import SfumatoGraph
import SfumatoNN

/// A residual block of EDM2's U-Net (Karras et al., 2024, figure 21), with attention behind it where that is asked for.
///
/// It has no normalisation that learns: layers keep magnitudes, and on the way down each pixel is brought back to magnitude 1.
struct EDM2Block {
  let configuration: EDM2Configuration
  /// Of noise level and class, f32 [N, features].
  let embedding: Tensor

  /// A block on the way down (N, H, W, C) → (N, H, W, channels): the pixels are normalised before both branches part.
  func encode(_ x: Tensor, _ channels: Int, attends: Bool = false, _ scope: Scope) throws -> Tensor {
    try scope.traced {
      let x = try fitted(x, channels, scope).unitMagnitude([-1])
      return try sum(x, branch(x, channels, scope), attends: attends, scope)
    }
  }

  /// A block on the way up (N, H, W, C) → (N, H, W, channels).
  func decode(_ x: Tensor, _ channels: Int, attends: Bool = false, _ scope: Scope) throws -> Tensor {
    try scope.traced {
      let y = try branch(x, channels, scope)
      return try sum(fitted(x, channels, scope), y, attends: attends, scope)
    }
  }

  /// `x` itself where it has `channels`, else a 1×1 convolution of it.
  private func fitted(_ x: Tensor, _ channels: Int, _ scope: Scope) throws -> Tensor {
    x.shape[3] == channels ? x : try scope["conv_skip"].mpConv2d(x, channels: channels, kernel: 1)
  }

  /// Two 3×3 convolutions, between which each channel is scaled by 1 + gain·(embedding, projected).
  private func branch(_ x: Tensor, _ channels: Int, _ scope: Scope) throws -> Tensor {
    var h = try scope["conv1"].mpConv2d(x.mpSilu(), channels: channels)
    let projected = try scope["embedding"].gained(scope["embedding"].mpLinear(embedding, channels))
    h = try (h * (projected + 1).reshape([h.shape[0], 1, 1, channels]).cast(h.dtype)).mpSilu()
    h = try scope["dropout"].dropout(h, rate: configuration.dropout)
    return try scope["conv2"].mpConv2d(h, channels: channels)
  }

  private func sum(_ x: Tensor, _ y: Tensor, attends: Bool, _ scope: Scope) throws -> Tensor {
    var h = try x.mpSum(y, configuration.residualBalance)
    if attends {
      h = try h.mpSum(attention(h, scope["attention"]), configuration.attentionBalance)
    }
    return try h.clipped(to: 256)
  }

  /// Self-attention over all positions of (N, H, W, C), whose queries, keys and values have magnitude 1 in each head.
  private func attention(_ x: Tensor, _ scope: Scope) throws -> Tensor {
    try scope.traced {
      let (n, positions, channels) = (x.shape[0], x.shape[1] * x.shape[2], x.shape[3])
      let size = configuration.headChannels, heads = channels / size
      let all = try scope["qkv"].mpLinear(x.reshape([n, positions, channels]), 3 * channels)
        .reshape([n, positions, 3 * heads, size]).unitMagnitude([-1])
        .reshape([n, positions, 3 * channels])
      func part(_ number: Int) throws -> Tensor {
        try all.slice(axis: 2, number * channels..<(number + 1) * channels)
      }
      let y = try part(0).attention(keys: part(1), values: part(2), heads: heads)
      return try scope["out"].mpLinear(y, channels).reshape(x.shape)
    }
  }
}

extension Tensor {
  /// Values beyond ±`limit` set to it, without a gradient; NaN stays.
  fileprivate func clipped(to limit: Double) throws -> Tensor {
    let high = try splat(limit), low = try splat(-limit)
    let below = try high.isLess(than: self).select(high, self)
    return try below.isLess(than: low).select(low, below)
  }
}
