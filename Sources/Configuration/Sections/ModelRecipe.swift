import SfumatoRegistry

/// The network. The size of the images and their channels come from the data.
public struct ModelRecipe: ChoiceSection {
  /// Name of a model.
  public var kind = "unet2d"
  /// Number of classes; null for as many as the data has.
  public var numClassEmbeds: Int?
  /// The model's options, which it declares.
  public var options: [String: OptionValue] = [:]

  public init() {}

  static let fields: [RecipeField<ModelRecipe>] = [
    .text("kind", \.kind),
    .optionalInteger("num_class_embeds", \.numClassEmbeds, in: 1...1_000_000),
    .options("options", \.options),
  ]

  /// Those of the U-Net.
  static let movedKeys: [MovedKey] = [
    MovedKey("block_out_channels", usual: [64, 128, 128]),
    MovedKey("layers_per_block", usual: 2),
    MovedKey("down_block_types", usual: ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]),
    MovedKey("mid_block_type", usual: "UNetMidBlock2D"),
    MovedKey("up_block_types", usual: ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"]),
    MovedKey("attention_head_dim", usual: 8),
    MovedKey("norm_num_groups", usual: 32),
    MovedKey("attn_norm_num_groups", usual: .null),
    MovedKey("norm_eps", usual: 1e-5),
    MovedKey("dropout", usual: 0),
    MovedKey("resnet_time_scale_shift", usual: "default"),
    MovedKey("time_embedding_type", usual: "positional"),
    MovedKey("time_embedding_dim", usual: .null),
    MovedKey("flip_sin_to_cos", usual: true),
    MovedKey("freq_shift", usual: 0),
    MovedKey("downsample_padding", usual: 1),
    MovedKey("downsample_type", usual: "conv"),
    MovedKey("upsample_type", usual: "conv"),
    MovedKey("mid_block_scale_factor", usual: 1),
    MovedKey("act_fn", usual: "silu"),
    MovedKey("add_attention", usual: true),
    MovedKey("center_input_sample", usual: false),
  ]
}
