import SfumatoRegistry

extension UNet2D {
  /// The network with diffusers' options under their own names; its default is a small one for 32×32.
  static let definition = ModelDefinition(
    name: "unet2d", summary: "The U-Net of DDPM, as diffusers' UNet2DModel; with or without classes",
    options: UNet2DConfiguration.options
  ) { images, options in
    let configuration = UNet2DConfiguration(images, options)
    try images.check(
      levels: configuration.blockOutChannels.count, multipleOf: configuration.sizeMultiple)
    return try UNet2D(configuration, isConditional: images.isConditional)
  }
}

extension UNet2DConfiguration {
  private static let sizes = 1...16_384
  private static let downBlocks = DownBlock.allCases.map(\.rawValue)
  private static let upBlocks = UpBlock.allCases.map(\.rawValue)

  static let options: [PluginOption] = [
    PluginOption(
      "block_out_channels",
      "Channels at each level, the finest first; every level but the last halves the resolution",
      .integers(default: [64, 128, 128], in: sizes)),
    PluginOption("layers_per_block", "Residual blocks at each level", .integer(default: 2, in: 1...64)),
    PluginOption(
      "down_block_types", "With attention or without, at each level going down",
      .choices(default: [downBlocks[0], downBlocks[1], downBlocks[1]], of: downBlocks)),
    PluginOption(
      "mid_block_type", "Null for a network without a middle",
      .nullable(.choice(default: "UNetMidBlock2D", of: ["UNetMidBlock2D"]), isNull: false)),
    PluginOption(
      "up_block_types", "With attention or without, at each level going up",
      .choices(default: [upBlocks[1], upBlocks[1], upBlocks[0]], of: upBlocks)),
    PluginOption(
      "attention_head_dim", "Channels of one attention head; null for a single head",
      .nullable(.integer(default: 8, in: sizes), isNull: false)),
    PluginOption("norm_num_groups", "Groups of the normalisations", .integer(default: 32, in: sizes)),
    PluginOption(
      "attn_norm_num_groups",
      "Groups of the normalisation before the middle's attention; null for the usual ones",
      .nullable(.integer(default: 32, in: sizes), isNull: true)),
    PluginOption("norm_eps", "Added to variances", .number(default: 1e-5, in: 1e-12...1)),
    PluginOption(
      "dropout", "Probability that a value is dropped in training", .number(default: 0, in: 0...0.99)),
    PluginOption(
      "resnet_time_scale_shift", "Whether the time embedding is added, or scales and shifts",
      .choice(default: TimeScaleShift.added.rawValue, of: TimeScaleShift.allCases.map(\.rawValue))),
    PluginOption(
      "time_embedding_type",
      "Sinusoids of the timestep, or random Fourier features of the noise level's logarithm",
      .choice(default: TimeEmbedding.positional.rawValue, of: TimeEmbedding.allCases.map(\.rawValue))),
    PluginOption(
      "time_embedding_dim", "Features of the time embedding; null for four times the first level's channels",
      .nullable(.integer(default: 256, in: sizes), isNull: true)),
    PluginOption("flip_sin_to_cos", "Whether cosines stand before sines", .flag(default: true)),
    PluginOption("freq_shift", "Subtracted from the number of frequencies", .number(default: 0, in: 0...1)),
    PluginOption(
      "downsample_padding", "1, or 0 for a row and a column of zeros at the bottom and right",
      .integer(default: 1, in: 0...1)),
    PluginOption(
      "downsample_type", "How a level halves the resolution", .choice(default: "conv", of: ["conv"])),
    PluginOption(
      "upsample_type", "How a level doubles the resolution", .choice(default: "conv", of: ["conv"])),
    PluginOption(
      "mid_block_scale_factor", "What the middle's layers divide their results by",
      .number(default: 1, in: 1e-3...1e3)),
    PluginOption("act_fn", "Activation", .choice(default: "silu", of: ["silu", "swish"])),
    PluginOption("add_attention", "Whether the middle has attention", .flag(default: true)),
    PluginOption("center_input_sample", "Whether x becomes 2x − 1 first", .flag(default: false)),
  ]

  /// - Parameter options: values of `Self.options`.
  init(_ images: ImageShape, _ options: OptionValues) {
    sampleSize = [images.resolution, images.resolution]
    (inChannels, outChannels, numClassEmbeds) = (images.channels, images.channels, images.choiceCount)
    blockOutChannels = options.integers("block_out_channels")
    layersPerBlock = options.integer("layers_per_block")
    downBlockTypes = options.choices("down_block_types").compactMap(DownBlock.init)
    hasMidBlock = !options.isNull("mid_block_type")
    upBlockTypes = options.choices("up_block_types").compactMap(UpBlock.init)
    attentionHeadDim = options.optionalInteger("attention_head_dim")
    normNumGroups = options.integer("norm_num_groups")
    attnNormNumGroups = options.optionalInteger("attn_norm_num_groups")
    normEps = options.number("norm_eps")
    dropout = options.number("dropout")
    resnetTimeScaleShift = TimeScaleShift(rawValue: options.choice("resnet_time_scale_shift")) ?? .added
    timeEmbeddingType = TimeEmbedding(rawValue: options.choice("time_embedding_type")) ?? .positional
    timeEmbeddingDim = options.optionalInteger("time_embedding_dim")
    flipSinToCos = options.flag("flip_sin_to_cos")
    freqShift = options.number("freq_shift")
    downsamplePadding = options.integer("downsample_padding")
    midBlockScaleFactor = options.number("mid_block_scale_factor")
    addAttention = options.flag("add_attention")
    centerInputSample = options.flag("center_input_sample")
  }
}
