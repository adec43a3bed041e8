import SfumatoGraph
import SfumatoJSON
import SfumatoNN

/// The generator and discriminator of R3GAN (Huang et al., "The GAN is dead; long live the GAN! A modern baseline GAN", 2024,
/// section 4): stages of residual blocks without normalisation, resampled by a low-pass filter, one the mirror of the other.
public struct R3GAN: AdversarialModel, Hashable {
  public let sizes: R3GANConfiguration

  public init(_ sizes: R3GANConfiguration) { self.sizes = sizes }

  static let definition = ModelDefinition(
    name: "r3gan", summary: "R3GAN: residual stages without normalisation; with or without classes",
    task: "adversarial",
    options: R3GANConfiguration.options
  ) { R3GAN(try R3GANConfiguration($0, $1)) }

  public var kind: String { "r3gan" }
  public var isConditional: Bool { sizes.images.isConditional }
  public var configuration: JSONValue { sizes.json }
  public var latentSize: Int { sizes.latentSize }
  public var resolution: Int { sizes.images.resolution }
  public var channels: Int { sizes.images.channels }

  /// Blocks of either network.
  private var depth: Int { sizes.widths.count * sizes.blocks }
  private var block: ResidualBlock {
    ResidualBlock(expansion: sizes.expansion, groupChannels: sizes.groupChannels, depth: depth)
  }

  public func generate(_ z: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    let latent = try latent(z, conditions, in: scope)
    // A learned 4×4 image of features, each weighted by the latent vector.
    let width = sizes.widths[0]
    let basis = try scope.parameter("basis", [4, 4, width], .normal(deviation: 1)).cast(z.dtype)
    let weights = try scope["linear"].linear(
      latent, width, weight: .msr(fanIn: latent.shape[1]), bias: false)
    var h = try basis.reshape([1, 4, 4, width]) * weights.reshape([z.shape[0], 1, 1, width])
    for (number, width) in sizes.widths.enumerated() {
      let stage = scope["stages"][number]
      if number > 0 { h = try stage["transition"].pointwise(h, width).upsampledSmoothly() }
      h = try blocks(h, in: stage)
    }
    return try scope["to_picture"].conv2d(
      h, channels: channels, kernel: 1, weight: .msr(fanIn: h.shape[3]), bias: false)
  }

  public func discriminate(_ images: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor {
    try check(conditions)
    let widths = Array(sizes.widths.reversed())
    var h = try scope["from_picture"].conv2d(
      images, channels: widths[0], kernel: 1, weight: .msr(fanIn: channels), bias: false)
    for number in widths.indices {
      let stage = scope["stages"][number]
      h = try blocks(h, in: stage)
      if number + 1 < widths.count {
        h = try stage["transition"].pointwise(h.downsampledSmoothly(), widths[number + 1])
      }
    }
    // The mirror of the generator's beginning: each feature weighted over the image.
    let width = h.shape[3], batch = h.shape[0]
    let basis = try scope.parameter("basis", [4, 4, width], .msr(fanIn: 16)).cast(h.dtype)
    let features = try (h * basis.reshape([1, 4, 4, width])).reduceSum([1, 2]).reshape([batch, width])
    let linear = scope["linear"]
    guard isConditional else {
      return try linear.linear(features, 1, weight: .msr(fanIn: width), bias: false).reshape([batch])
    }
    let projected = try linear.linear(features, width, weight: .msr(fanIn: width), bias: false)
    return try fit(projected, conditions, in: scope).reshape([batch])
  }

  private func blocks(_ x: Tensor, in stage: Scope) throws -> Tensor {
    var h = x
    for number in 0..<sizes.blocks { h = try block(h, in: stage["blocks"][number]) }
    return h
  }
}

/// x + P·a(G·a(E·x + b) + b′) with E and P 1×1, G 3×3 in groups, and a the leaky ReLU.
///
/// P begins at 0 and the others such that `depth` blocks keep the scale of what goes through them (Zhang et al., "Fixup
/// initialization", 2019).
private struct ResidualBlock {
  let expansion: Int
  let groupChannels: Int
  let depth: Int

  func callAsFunction(_ x: Tensor, in scope: Scope) throws -> Tensor {
    let width = x.shape[3], inner = width * expansion
    // Three layers in a branch: depth^(−1/(2·3 − 2)); and what a leaky ReLU takes away.
    let gain = (2 / (1 + 0.2 * 0.2)).squareRoot() / Double(depth).squareRoot().squareRoot()
    var h = try scope["expand"].biased {
      try $0.conv2d(x, channels: inner, kernel: 1, weight: .msr(fanIn: width, gain: gain), bias: false)
    }
    h = try scope["group"].biased {
      try $0.conv2d(
        h, channels: inner, groups: inner / groupChannels, weight: .msr(fanIn: 9 * groupChannels, gain: gain),
        bias: false)
    }
    return try x + scope["project"].conv2d(h, channels: width, kernel: 1, weight: .zeros, bias: false)
  }
}

extension Scope {
  /// A leaky ReLU of a layer's result plus the parameter `bias`, which begins at 0.
  fileprivate func biased(_ layer: (Scope) throws -> Tensor) throws -> Tensor {
    let y = try layer(self)
    return try traced {
      try (y + parameter("bias", [y.shape[y.shape.rank - 1]], .zeros).cast(y.dtype)).leakyReLU()
    }
  }

  /// A 1×1 convolution without bias where `channels` are not those of `x`.
  fileprivate func pointwise(_ x: Tensor, _ channels: Int) throws -> Tensor {
    x.shape[3] == channels
      ? x : try conv2d(x, channels: channels, kernel: 1, weight: .msr(fanIn: x.shape[3]), bias: false)
  }
}

extension Initializer {
  /// Gaussian with a deviation of gain/√fanIn (He et al., "Delving deep into rectifiers", 2015).
  static func msr(fanIn: Int, gain: Double = 1) -> Initializer {
    .normal(deviation: gain / Double(max(fanIn, 1)).squareRoot())
  }
}
