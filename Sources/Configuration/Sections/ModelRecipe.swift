import SfumatoJSON
import SfumatoRegistry
import Yams

/// The network, with the options of diffusers' `UNet2DModel` under their own names.
///
/// Sample size and channels come from the data.
public struct ModelRecipe: RecipeSection {
  /// Name of a model.
  public var kind = "unet2d"
  /// Channels at each level, the finest first; every level but the last halves the resolution.
  public var blockOutChannels = [64, 128, 128]
  /// Residual blocks at each level.
  public var layersPerBlock = 2
  public var downBlockTypes = ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]
  /// Null for a network without a middle.
  public var midBlockType: String? = "UNetMidBlock2D"
  public var upBlockTypes = ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"]
  /// Channels of one attention head; null for a single head.
  public var attentionHeadDim: Int? = 8
  public var normNumGroups = 32
  public var attnNormNumGroups: Int?
  public var normEps = 1e-5
  public var dropout = 0.0
  public var resnetTimeScaleShift = "default"
  public var timeEmbeddingType = "positional"
  public var timeEmbeddingDim: Int?
  public var flipSinToCos = true
  public var freqShift = 0.0
  public var downsamplePadding = 1
  public var downsampleType = "conv"
  public var upsampleType = "conv"
  public var midBlockScaleFactor = 1.0
  public var actFn = "silu"
  public var addAttention = true
  public var centerInputSample = false
  /// Number of classes; null for as many as the data has.
  public var numClassEmbeds: Int?
  /// Options of a model of another kind, which it checks.
  public var options: [String: OptionValue] = [:]

  public init() {}

  private static let sizes = 1...16_384

  static let fields: [RecipeField<ModelRecipe>] = [
    .text("kind", \.kind),
    .integers("block_out_channels", \.blockOutChannels, in: sizes),
    .integer("layers_per_block", \.layersPerBlock, in: 1...64),
    .choices("down_block_types", \.downBlockTypes, of: ["DownBlock2D", "AttnDownBlock2D"]),
    .optionalChoice("mid_block_type", \.midBlockType, of: ["UNetMidBlock2D"]),
    .choices("up_block_types", \.upBlockTypes, of: ["UpBlock2D", "AttnUpBlock2D"]),
    .optionalInteger("attention_head_dim", \.attentionHeadDim, in: sizes),
    .integer("norm_num_groups", \.normNumGroups, in: sizes),
    .optionalInteger("attn_norm_num_groups", \.attnNormNumGroups, in: sizes),
    .number("norm_eps", \.normEps, in: 1e-12...1),
    .number("dropout", \.dropout, in: 0...0.99),
    .choice("resnet_time_scale_shift", \.resnetTimeScaleShift, of: ["default", "scale_shift"]),
    .choice("time_embedding_type", \.timeEmbeddingType, of: ["positional", "fourier"]),
    .optionalInteger("time_embedding_dim", \.timeEmbeddingDim, in: sizes),
    .flag("flip_sin_to_cos", \.flipSinToCos),
    .number("freq_shift", \.freqShift, in: 0...1),
    .integer("downsample_padding", \.downsamplePadding, in: 0...1),
    .choice("downsample_type", \.downsampleType, of: ["conv"]),
    .choice("upsample_type", \.upsampleType, of: ["conv"]),
    .number("mid_block_scale_factor", \.midBlockScaleFactor, in: 1e-3...1e3),
    .choice("act_fn", \.actFn, of: ["silu", "swish"]),
    .flag("add_attention", \.addAttention),
    .flag("center_input_sample", \.centerInputSample),
    .optionalInteger("num_class_embeds", \.numClassEmbeds, in: 1...1_000_000),
    .options("options", \.options),
  ]
}

extension ModelRecipe {
  /// - Parameter known: the options of the model, which is none that the keys of this section describe.
  /// - Throws: `RecipeError.inapplicable` for a key that was given all the same.
  public func checkApplicable(_ known: [PluginOption]) throws(RecipeError) {
    for (key, _) in given where !["kind", "options", "num_class_embeds"].contains(key) {
      throw .inapplicable(
        key: "model." + key, owner: "the model \(kind)", options: known.map { "options." + $0.name })
    }
  }

  /// The model's configuration as its definition in the registry reads it: for `unet2d`, diffusers'
  /// `config.json`.
  ///
  /// - Parameters:
  ///   - resolution: width and height of the pictures.
  ///   - channels: of a picture, both in and out.
  ///   - classes: how many the data has; nil without labels. `num_class_embeds` goes before it.
  public func configuration(resolution: Int, channels: Int, classes: Int?) -> JSONValue {
    var object: JSONObject = [
      "sample_size": .integer(resolution), "in_channels": .integer(channels),
      "out_channels": .integer(channels),
    ]
    for field in Self.fields where !["kind", "options"].contains(field.key) {
      object[field.key] = field.write(self).json
    }
    object["num_class_embeds"] = (numClassEmbeds ?? classes).map(JSONValue.integer) ?? .null
    return .object(object)
  }
}
