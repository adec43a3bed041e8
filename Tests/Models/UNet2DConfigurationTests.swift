import SfumatoConditions
import SfumatoDiagnostics
import SfumatoJSON
import SfumatoModels
import SfumatoRegistry
import Testing

@Suite struct UNet2DConfigurationTests {
  @Test func writesWhatItReads() throws {
    var options = UNet2DConfiguration()
    options.sampleSize = [32, 48]
    options.timeEmbeddingType = .fourier
    options.attentionHeadDim = nil
    options.hasMidBlock = false
    options.numClassEmbeds = 11
    options.normEps = 1e-6
    options.midBlockScaleFactor = 1.5
    let document = options.json.document
    #expect(try UNet2DConfiguration(json: JSONValue(parsing: document)) == options)
    #expect(document.contains("\n  \"sample_size\": [\n    32,\n    48\n  ],\n"))
    #expect(document.contains("\n  \"mid_block_type\": null,\n"))
    #expect(document.hasSuffix("}\n"))
  }

  @Test func absentKeysTakeTheDefaults() throws {
    let options = try UNet2DConfiguration(json: JSONValue(parsing: #"{"sample_size": 64}"#))
    var expected = UNet2DConfiguration()
    expected.sampleSize = [64, 64]
    #expect(options == expected)
  }

  @Test func hasEveryKeyOfDiffusers() {
    let keys = [
      "sample_size", "in_channels", "out_channels", "center_input_sample", "time_embedding_type",
      "time_embedding_dim", "freq_shift", "flip_sin_to_cos", "down_block_types", "mid_block_type",
      "up_block_types", "block_out_channels", "layers_per_block", "mid_block_scale_factor",
      "downsample_padding", "downsample_type", "upsample_type", "dropout", "act_fn", "attention_head_dim",
      "norm_num_groups", "attn_norm_num_groups", "norm_eps", "resnet_time_scale_shift", "add_attention",
      "class_embed_type", "num_class_embeds", "num_train_timesteps", "_class_name", "_diffusers_version",
    ]
    #expect(Set(UNet2DConfiguration().json.object?.keys ?? []) == Set(keys))
  }

  @Test(arguments: [
    ("[1]", "the model configuration is an array"),
    (
      #"{"block_out_chanels": [8]}"#,
      "unknown key \"block_out_chanels\"; did you mean \"block_out_channels\"?"
    ),
    (#"{"in_channels": "3"}"#, "\"in_channels\" in the model configuration must be a whole number"),
    (#"{"in_channels": 2.5}"#, "\"in_channels\" in the model configuration must be a whole number"),
    (#"{"in_channels": null}"#, "\"in_channels\" in the model configuration must be a whole number"),
    (#"{"flip_sin_to_cos": 1}"#, "\"flip_sin_to_cos\" in the model configuration must be true or false"),
    (#"{"sample_size": [1, 2, 3]}"#, "must be one number or a height and a width"),
    (
      #"{"down_block_types": ["SkipDownBlock2D"]}"#,
      "is \"SkipDownBlock2D\", but must be \"DownBlock2D\" or \"AttnDownBlock2D\""
    ),
    (
      #"{"_class_name": "DiT"}"#,
      "\"_class_name\" in the model configuration is \"DiT\", but must be \"UNet2DModel\""
    ),
    (#"{"act_fn": "gelu"}"#, "is \"gelu\", but must be \"silu\" or \"swish\""),
    (#"{"class_embed_type": "timestep"}"#, "is \"timestep\", but must be null"),
    (#"{"time_embedding_type": "learned"}"#, "is \"learned\", but must be \"positional\" or \"fourier\""),
    (#"{"block_out_channels": [8, 16]}"#, "block_out_channels has 2 blocks, down_block_types 4"),
    (#"{"norm_num_groups": 5}"#, "224 of block_out_channels do not divide into 5 groups"),
    (#"{"in_channels": 0}"#, "\"in_channels\" in the model configuration is 0, but must be at least 1"),
    (#"{"attention_head_dim": 500}"#, "no room for attention heads of 500"),
    (#"{"downsample_padding": 2}"#, "is 2, but must be 0 or 1"),
    (#"{"freq_shift": 112}"#, "freq_shift 112.0 must be below half of block_out_channels[0]"),
  ])
  func badConfigurationsAreNamed(json: String, message: String) throws {
    let value = try JSONValue(parsing: json)
    let error = #expect(throws: ModelError.self) { try UNet2DConfiguration(json: value) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "no error")")
    #expect(error?.exitCode == .usage)
  }

  @Test func theRegistryMakesTheModel() throws {
    let definition = try Models.registry.entry("unet2d"), images = ImageShape(resolution: 32, channels: 3)
    let usual = try definition.model(for: images)
    #expect(!usual.isConditional && usual.configuration["block_out_channels"] == [64, 128, 128])
    // Every option, each to another value than the usual one, arrives under its own name.
    let options: [String: OptionValue] = [
      "block_out_channels": [16, 32], "layers_per_block": 1,
      "down_block_types": ["AttnDownBlock2D", "DownBlock2D"],
      "mid_block_type": nil, "up_block_types": ["UpBlock2D", "AttnUpBlock2D"], "attention_head_dim": 16,
      "norm_num_groups": 4, "attn_norm_num_groups": 8, "norm_eps": 1e-6, "dropout": 0.25,
      "resnet_time_scale_shift": "scale_shift", "time_embedding_type": "fourier", "time_embedding_dim": 48,
      "flip_sin_to_cos": false, "freq_shift": 1, "downsample_padding": 0, "mid_block_scale_factor": 2,
      "add_attention": false, "center_input_sample": true,
    ]
    let only = ["downsample_type", "upsample_type", "act_fn"]
    #expect(Set(definition.options.map(\.name)) == Set(options.keys).union(only))
    let other = try definition.model(
      for: ImageShape(resolution: 16, channels: 1, conditions: [ClassCondition(count: 5)]), options: options
    ).configuration
    for (name, value) in options { #expect(other[name] == json(value), "\(name)") }
    #expect(other["sample_size"] == 16 && other["in_channels"] == 1 && other["out_channels"] == 1)
    #expect(other["num_class_embeds"] == 5)
    #expect(throws: RegistryError.self) { try definition.model(for: images, options: ["act_fn": "gelu"]) }
    #expect(throws: ModelError.self) { try definition.model(for: ImageShape(resolution: 30, channels: 3)) }
  }

  private func json(_ value: OptionValue) -> JSONValue {
    switch value {
    case .number(let x): Int(exactly: x).map(JSONValue.integer) ?? .number(x)
    case .flag(let x): .bool(x)
    case .text(let x): .string(x)
    case .list(let elements): .array(elements.map(json))
    case .null: .null
    }
  }
}
