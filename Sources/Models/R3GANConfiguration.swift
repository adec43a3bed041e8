import SfumatoJSON
import SfumatoRegistry

/// The sizes of an `R3GAN`.
public struct R3GANConfiguration: Hashable, Sendable {
  /// Their width and height are 4 times a power of two.
  public let images: ImageShape
  /// Channels of each stage, the coarsest (4×4) first; every next one has twice the resolution.
  public let widths: [Int]
  /// Residual blocks of a stage.
  public let blocks: Int
  /// How many times a stage's channels are inside of a block.
  public let expansion: Int
  /// Channels of a group of the 3×3 convolutions.
  public let groupChannels: Int
  /// Numbers in a latent vector.
  public let latentSize: Int

  /// Sizes that have a name.
  enum Preset: String, CaseIterable {
    /// Learns a few hundred images on a CPU.
    case tiny
    case small
    /// That of the paper for CIFAR-10.
    case cifar

    var sizes: (width: Int, maximum: Int, blocks: Int, groupChannels: Int, latent: Int) {
      switch self {
      case .tiny: (32, 128, 1, 16, 32)
      case .small: (64, 256, 2, 16, 64)
      case .cifar: (768, 768, 2, 16, 64)
      }
    }
  }

  static let options: [PluginOption] = [
    PluginOption("preset", "Sizes by name", .choice(default: "tiny", of: Preset.allCases.map(\.rawValue))),
    PluginOption(
      "width", "Channels at full resolution; 0 for the preset's", .integer(default: 0, in: 0...4096)),
    PluginOption(
      "max_width", "Largest number of channels; coarser stages double up to it; 0 for the preset's",
      .integer(default: 0, in: 0...4096)),
    PluginOption(
      "blocks", "Residual blocks of a stage; 0 for the preset's", .integer(default: 0, in: 0...16)),
    PluginOption("expansion", "How many times wider a block's middle is", .integer(default: 2, in: 1...8)),
    PluginOption(
      "group_channels", "Channels of a group of the 3×3 convolutions; 0 for the preset's",
      .integer(default: 0, in: 0...4096)),
    PluginOption(
      "latent_size", "Numbers in a latent vector; 0 for the preset's", .integer(default: 0, in: 0...4096)),
  ]

  init(_ images: ImageShape, _ options: OptionValues) throws(ModelError) {
    self.images = images
    let stages = try images.halvings(to: 4, in: 8...256) + 1
    let preset = (Preset(rawValue: options.choice("preset")) ?? .tiny).sizes
    func size(_ name: String, _ usual: Int) -> Int {
      let given = options.integer(name)
      return given == 0 ? usual : given
    }
    let width = size("width", preset.width), maximum = size("max_width", max(width, preset.maximum))
    blocks = size("blocks", preset.blocks)
    groupChannels = size("group_channels", preset.groupChannels)
    latentSize = size("latent_size", preset.latent)
    expansion = options.integer("expansion")
    widths = (0..<stages).reversed().map { min(maximum, width << $0) }
    for width in widths where !(width * expansion).isMultiple(of: groupChannels) {
      throw .inconsistent(
        "a stage of \(width) channels, \(expansion) times as many inside of a block, does not divide into groups of "
          + "\(groupChannels); change model.options.group_channels, width or max_width")
    }
  }

  /// Every size.
  var json: JSONValue {
    var object = JSONObject()
    for (key, value) in images.members { object[key] = value }
    object["widths"] = .array(widths.map(JSONValue.integer))
    object["blocks"] = .integer(blocks)
    object["expansion"] = .integer(expansion)
    object["group_channels"] = .integer(groupChannels)
    object["latent_size"] = .integer(latentSize)
    return .object(object)
  }
}
