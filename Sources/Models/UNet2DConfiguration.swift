/// The options of diffusers' `UNet2DModel`, with its names (in camel case) and defaults.
public struct UNet2DConfiguration: Hashable, Sendable {
  public enum DownBlock: String, Sendable, CaseIterable {
    case plain = "DownBlock2D"
    case attention = "AttnDownBlock2D"
  }

  public enum UpBlock: String, Sendable, CaseIterable {
    case plain = "UpBlock2D"
    case attention = "AttnUpBlock2D"
  }

  public enum TimeEmbedding: String, Sendable, CaseIterable {
    /// Sinusoids of the timestep.
    case positional
    /// Fixed random Fourier features of the noise level's logarithm.
    case fourier
  }

  public enum TimeScaleShift: String, Sendable, CaseIterable {
    /// The time embedding is added before the second normalisation.
    case added = "default"
    /// The time embedding scales and shifts after the second normalisation.
    case scaleShift = "scale_shift"
  }

  /// (height, width) of the images, for whoever samples; the network itself takes any.
  public var sampleSize: [Int]?
  public var inChannels = 3
  public var outChannels = 3
  /// Whether x becomes 2x − 1 first.
  public var centerInputSample = false
  public var timeEmbeddingType = TimeEmbedding.positional
  /// Features of the time embedding; 4·blockOutChannels[0] when nil.
  public var timeEmbeddingDim: Int?
  public var freqShift = 0.0
  /// Whether cosines stand before sines.
  public var flipSinToCos = true
  public var downBlockTypes: [DownBlock] = [.plain, .attention, .attention, .attention]
  /// Whether there is a `UNetMidBlock2D`.
  public var hasMidBlock = true
  public var upBlockTypes: [UpBlock] = [.attention, .attention, .attention, .plain]
  public var blockOutChannels = [224, 448, 672, 896]
  public var layersPerBlock = 2
  /// What the middle block's layers divide their results by.
  public var midBlockScaleFactor = 1.0
  /// 1, or 0 for one row and column of zeros at the bottom and right.
  public var downsamplePadding = 1
  public var dropout = 0.0
  /// Channels of an attention head; one head of all channels when nil.
  public var attentionHeadDim: Int? = 8
  public var normNumGroups = 32
  /// Groups of the middle attention's normalisation; see `midAttentionGroups`.
  public var attnNormNumGroups: Int?
  public var normEps = 1e-5
  public var resnetTimeScaleShift = TimeScaleShift.added
  /// Whether the middle block has attention.
  public var addAttention = true
  /// The size of the table of class embeddings; nil for an unconditional model.
  public var numClassEmbeds: Int?
  /// Kept for whoever reads the file; the network does not use it.
  public var numTrainTimesteps: Int?

  public init() {}

  /// Features of the time embedding.
  public var timeFeatures: Int { timeEmbeddingDim ?? 4 * (blockOutChannels.first ?? 0) }

  /// Groups of the middle attention's normalisation, nil for none: as diffusers has it, there is none with
  /// scale and shift unless asked for.
  public var midAttentionGroups: Int? {
    attnNormNumGroups ?? (resnetTimeScaleShift == .added ? normNumGroups : nil)
  }

  /// What height and width must be multiples of.
  public var sizeMultiple: Int { 1 << max(0, blockOutChannels.count - 1) }

  /// Checks that the options fit together.
  ///
  /// - Throws: `ModelError` that names the key.
  public func validate() throws(ModelError) {
    var positives: [(key: String, value: Int?)] = [
      ("in_channels", inChannels), ("out_channels", outChannels), ("layers_per_block", layersPerBlock),
      ("norm_num_groups", normNumGroups), ("attention_head_dim", attentionHeadDim),
      ("attn_norm_num_groups", attnNormNumGroups), ("num_class_embeds", numClassEmbeds),
      ("time_embedding_dim", timeEmbeddingDim),
    ]
    for channels in blockOutChannels { positives.append(("block_out_channels", channels)) }
    for side in sampleSize ?? [] { positives.append(("sample_size", side)) }
    for (key, value) in positives {
      guard let value, value < 1 else { continue }
      throw .unsupported(key: key, value: "\(value)", allowed: "at least 1")
    }
    guard (0...1).contains(downsamplePadding) else {
      throw .unsupported(key: "downsample_padding", value: "\(downsamplePadding)", allowed: "0 or 1")
    }
    guard dropout >= 0, dropout < 1 else {
      throw .unsupported(key: "dropout", value: "\(dropout)", allowed: "at least 0 and below 1")
    }
    guard normEps > 0, normEps.isFinite else {
      throw .unsupported(key: "norm_eps", value: "\(normEps)", allowed: "above 0")
    }
    guard midBlockScaleFactor.isFinite, midBlockScaleFactor != 0 else {
      throw .unsupported(key: "mid_block_scale_factor", value: "\(midBlockScaleFactor)", allowed: "not 0")
    }
    try validateBlocks()
  }

  private func validateBlocks() throws(ModelError) {
    let count = blockOutChannels.count
    guard count >= 1 else {
      throw .unsupported(key: "block_out_channels", value: "[]", allowed: "at least one block")
    }
    guard downBlockTypes.count == count, upBlockTypes.count == count else {
      throw .inconsistent(
        "block_out_channels has \(count) blocks, down_block_types \(downBlockTypes.count) and "
          + "up_block_types \(upBlockTypes.count); all three must have as many")
    }
    for channels in blockOutChannels where channels % normNumGroups != 0 {
      throw .inconsistent(
        "\(channels) of block_out_channels do not divide into \(normNumGroups) groups (norm_num_groups)")
    }
    if let groups = midAttentionGroups, let last = blockOutChannels.last, last % groups != 0 {
      throw .inconsistent(
        "\(last) of block_out_channels do not divide into \(groups) groups (attn_norm_num_groups)")
    }
    var attended: [Int] = hasMidBlock && addAttention ? blockOutChannels.suffix(1) : []
    for (block, channels) in blockOutChannels.enumerated()
    where downBlockTypes[block] == .attention || upBlockTypes[count - 1 - block] == .attention {
      attended.append(channels)
    }
    for channels in attended where channels < attentionHeadDim ?? 1 {
      throw .inconsistent(
        "a block of \(channels) channels has no room for attention heads of \(attentionHeadDim ?? 1) "
          + "(attention_head_dim)")
    }
    if timeEmbeddingType == .positional, Double(blockOutChannels[0] / 2) <= freqShift {
      throw .inconsistent("freq_shift \(freqShift) must be below half of block_out_channels[0]")
    }
  }
}
