import SfumatoJSON
import SfumatoRegistry

/// The sizes of an `EDM2UNet`, and how much of what its sums take.
public struct EDM2Configuration: Hashable, Sendable {
  /// Their width and height are for whoever samples; the network itself takes any.
  public let images: ImageShape
  /// Channels that `multipliers` multiply; also the number of Fourier features of the noise level.
  public var width = 32
  /// What each level's channels are in `width`, the finest level first; every next one has half the resolution.
  public var multipliers = [1, 2, 2]
  /// Blocks of a level on the way down; there is one more on the way up.
  public var layersPerBlock = 1
  /// The levels whose blocks have attention, 0 being the finest.
  public var attentionLevels = [2]
  /// Channels of one attention head.
  public var headChannels = 32
  public var dropout = 0.0
  /// What noise levels are multiplied by.
  public var noiseScale = 1.0
  /// The share t of a block's branch, of attention, of the skip connection and of the class in their sums.
  public var residualBalance = 0.3
  public var attentionBalance = 0.3
  public var skipBalance = 0.5
  public var classBalance = 0.5

  public init(_ images: ImageShape) { self.images = images }

  /// Channels of each level, the finest first.
  var widths: [Int] { multipliers.map { width * $0 } }
  /// Features of the embedding of noise level and class.
  var features: Int { widths.max() ?? width }
  /// What height and width must be multiples of.
  var sizeMultiple: Int { 1 << max(0, multipliers.count - 1) }

  /// Checks that the sizes fit together.
  ///
  /// - Throws: `ModelError` that names the option.
  func validate() throws(ModelError) {
    let levels = multipliers.count
    guard levels <= 12 else {
      throw .unsupported(key: "multipliers", value: "a list of \(levels)", allowed: "a list of at most 12")
    }
    for level in attentionLevels where !multipliers.indices.contains(level) {
      throw .inconsistent("attention_levels has \(level), but the levels are 0 to \(levels - 1)")
    }
    // The coarsest level has attention in the middle.
    for level in Set(attentionLevels + [levels - 1]).sorted()
    where !widths[level].isMultiple(of: headChannels) {
      throw .inconsistent(
        "level \(level) of \(widths[level]) channels does not divide into attention heads of \(headChannels); "
          + "change model.options.head_channels, width or multipliers")
    }
    try images.check(levels: levels, multipleOf: sizeMultiple)
  }
}

extension EDM2Configuration {
  private static let shares = 0.0...1.0

  static let options: [PluginOption] = [
    PluginOption("width", "Channels that multipliers multiply", .integer(default: 32, in: 1...4096)),
    PluginOption(
      "multipliers",
      "Channels at each level, in widths, the finest first; every next one halves the resolution",
      .integers(default: [1, 2, 2], in: 1...64)),
    PluginOption(
      "layers_per_block", "Blocks at each level; one more on the way up", .integer(default: 1, in: 1...64)),
    PluginOption(
      "attention_levels", "Levels with attention, 0 the finest; null for the middle only",
      .nullable(.integers(default: [2], in: 0...11), isNull: false)),
    PluginOption("head_channels", "Channels of one attention head", .integer(default: 32, in: 1...4096)),
    PluginOption(
      "dropout", "Probability that a value is dropped in training", .number(default: 0, in: 0...0.99)),
    PluginOption(
      "noise_scale", "Factor of noise levels; 0.001 for objectives that count timesteps",
      .number(default: 1, in: 1e-6...1e3)),
    PluginOption(
      "residual_balance", "Share of a block's branch in its sum", .number(default: 0.3, in: shares)),
    PluginOption("attention_balance", "Share of attention in its sum", .number(default: 0.3, in: shares)),
    PluginOption(
      "skip_balance", "Share of a skip connection where it is joined", .number(default: 0.5, in: shares)),
    PluginOption(
      "class_balance", "Share of the class in the embedding", .number(default: 0.5, in: shares)),
  ]

  /// - Parameter options: values of `Self.options`.
  init(_ images: ImageShape, _ options: OptionValues) {
    self.init(images)
    width = options.integer("width")
    multipliers = options.integers("multipliers")
    layersPerBlock = options.integer("layers_per_block")
    attentionLevels = options.isNull("attention_levels") ? [] : options.integers("attention_levels")
    headChannels = options.integer("head_channels")
    dropout = options.number("dropout")
    noiseScale = options.number("noise_scale")
    residualBalance = options.number("residual_balance")
    attentionBalance = options.number("attention_balance")
    skipBalance = options.number("skip_balance")
    classBalance = options.number("class_balance")
  }

  var json: JSONValue {
    var object = JSONObject()
    for (key, value) in images.members { object[key] = value }
    object["width"] = .integer(width)
    object["multipliers"] = .array(multipliers.map(JSONValue.integer))
    object["layers_per_block"] = .integer(layersPerBlock)
    object["attention_levels"] = .array(attentionLevels.map(JSONValue.integer))
    object["head_channels"] = .integer(headChannels)
    object["dropout"] = .number(dropout)
    object["noise_scale"] = .number(noiseScale)
    object["residual_balance"] = .number(residualBalance)
    object["attention_balance"] = .number(attentionBalance)
    object["skip_balance"] = .number(skipBalance)
    object["class_balance"] = .number(classBalance)
    return .object(object)
  }
}
