import Sfumato

/// The U-Net that the benchmark inferena calls Stable Diffusion's toy (kvark/inferena, models/StableDiffusion.md): three levels of one
/// residual block each, without biases, attention or a noise level. What it learns does not matter, how fast a step is does.
///
/// A skip is taken after each level's block; on the way up it lies behind what comes from below.
struct InferenaUNet: DenoisingModel {
  let inChannels: Int
  let outChannels: Int
  /// Channels at full resolution; each level below has twice those of the one above.
  let width: Int
  /// Of the normalisations.
  let groups: Int

  let kind = "inferena"
  let isConditional = false
  private static let levels = 3

  var configuration: JSONValue {
    [
      "in_channels": .integer(inChannels), "out_channels": .integer(outChannels), "width": .integer(width),
      "groups": .integer(groups),
    ]
  }

  func callAsFunction(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor
  {
    var h = try scope["first"].conv2d(x, channels: width, bias: false)
    var skips: [Tensor] = []
    for level in 0..<Self.levels {
      h = try residual(h, width << level, scope["down"][level])
      skips.append(h)
      if level < Self.levels - 1 {
        h = try scope["halve"][level].conv2d(
          h, channels: width << level, stride: 2, padding: (1, 1, 1, 1), bias: false)
      }
    }
    h = try residual(h, width << (Self.levels - 1), scope["middle"])
    for level in (0..<Self.levels).reversed() {
      if level < Self.levels - 1 { h = try h.upsampledNearest() }
      h = try residual(.concat([h, skips[level]], axis: 3), width << level, scope["up"][level])
    }
    h = try scope["norm"].groupNorm(h, groups: groups, activation: .silu)
    return try scope["last"].conv2d(h, channels: outChannels, bias: false)
  }

  /// conv2(silu(GN(conv1(silu(GN(x)))))) + x, or + a 1×1 convolution of x where the channels change.
  private func residual(_ x: Tensor, _ channels: Int, _ scope: Scope) throws -> Tensor {
    var h = x
    for number in ["1", "2"] {
      h = try scope["norm" + number].groupNorm(h, groups: groups, activation: .silu)
      h = try scope["conv" + number].conv2d(h, channels: channels, bias: false)
    }
    guard x.shape[3] != channels else { return try h + x }
    return try h + scope["shortcut"].conv2d(x, channels: channels, kernel: 1, bias: false)
  }

  static let definition = ModelDefinition(
    name: "inferena", summary: "the toy U-Net of the benchmark inferena",
    options: [
      PluginOption("width", "Channels at full resolution", .integer(default: 64, in: 16...1024)),
      PluginOption("groups", "Groups of the normalisations", .integer(default: 16, in: 1...64)),
    ]
  ) { images, options in
    let width = options.integer("width"), groups = options.integer("groups")
    guard width % groups == 0 else {
      throw ModelError.inconsistent("width \(width) does not divide into \(groups) groups")
    }
    return InferenaUNet(
      inChannels: images.channels, outChannels: images.channels, width: width, groups: groups)
  }
}
