import SfumatoConfiguration
import SfumatoModels
import SfumatoObjectives
import SfumatoOptimizers
import SfumatoTraining
import Testing

/// What a recipe gives and what it chose has no use for is refused, never passed over.
@Suite struct InapplicableOptionTests {
  /// A recipe of these kinds that has `overrides`.
  private func components(
    model: String = "unet2d", objective: String = "edm", optimizer: String = "adamw", _ overrides: String...
  ) throws -> Components {
    let yaml = """
      data: {resolution: 32}
      model: {kind: \(model)}
      objective: {kind: \(objective)}
      optimizer: {kind: \(optimizer)}
      """
    return try Components(recipe: Recipe(yaml: yaml, source: "test", overrides: overrides), classes: [])
  }

  /// The key that an error says does not apply; nil where nothing is refused.
  private func refused(_ make: () throws -> Components) throws -> String? {
    do {
      _ = try make()
      return nil
    } catch let error as RecipeError {
      guard case .inapplicable(let key, _, _) = error else { throw error }
      return key
    }
  }

  @Test func theThreeThatWereAccepted() throws {
    #expect(
      try refused { try components(model: "r3gan", objective: "r3gan", "model.dropout=0.5") }
        == "model.dropout")
    #expect(
      try refused { try components(optimizer: "adam", "optimizer.weight_decay=0.5") }
        == "optimizer.weight_decay")
    #expect(
      try refused { try components(model: "r3gan", objective: "r3gan", "objective.sigma_data=3") }
        == "objective.sigma_data")
    let error = RecipeError.inapplicable(
      key: "optimizer.eps", owner: "the optimizer lion", options: ["beta1", "beta2"])
    #expect(
      "\(error)" == "optimizer.eps does not apply to the optimizer lion; leave it out. It takes: beta1, beta2"
    )
    #expect(error.exitCode == .usage)
  }

  /// Every optimizer with every key that only some have.
  @Test(arguments: Optimizers.registry.names)
  func optimizers(kind: String) throws {
    let options = Set(try Optimizers.registry.entry(kind).options.map(\.name))
    for (key, value, option) in [
      ("betas", "[0.5, 0.999]", "beta1"), ("betas", "[0.9, 0.5]", "beta2"),
      ("final_beta2", "0.5", "final_beta2"),
      ("eps", "0.5", "eps"), ("weight_decay", "0.5", "weight_decay"),
    ] {
      let found = try refused { try components(optimizer: kind, "optimizer.\(key)=\(value)") }
      #expect((found == nil) == options.contains(option), "\(key)")
      #expect(found == nil || found == "optimizer." + key)
    }
  }

  /// Every objective with every key that only some have.
  @Test(arguments: Objectives.registry.names)
  func objectives(kind: String) throws {
    let definition = try Objectives.registry.entry(kind), options = Set(definition.options.map(\.name))
    let model = definition.task == "denoising" ? "unet2d" : "r3gan"
    for (key, value, option) in [
      ("sigma_data", "0.75", "sigma_data"), ("p_mean", "0.5", "log_mean"), ("p_std", "0.5", "log_deviation"),
      ("prediction_type", "sample", "prediction_type"), ("beta_schedule", "scaled_linear", "beta_schedule"),
      ("beta_start", "0.001", "beta_start"), ("beta_end", "0.03", "beta_end"),
      ("num_train_timesteps", "100", "num_train_timesteps"),
    ] {
      let found = try refused { try components(model: model, objective: kind, "objective.\(key)=\(value)") }
      #expect((found == nil) == options.contains(option), "\(key)")
      #expect(found == nil || found == "objective." + key)
    }
    let found = try refused { try components(model: model, objective: kind, "objective.label_dropout=0.5") }
    #expect((found == nil) == (definition.task == "denoising"))
  }

  /// Every model with every key of the U-Net.
  @Test(arguments: Models.registry.names)
  func models(kind: String) throws {
    let definition = try Models.registry.entry(kind)
    let objective = definition.task == "denoising" ? "edm" : "r3gan"
    for (key, value) in [
      ("block_out_channels", "[32, 64, 64]"), ("layers_per_block", "1"), ("mid_block_type", "null"),
      ("attention_head_dim", "16"), ("norm_num_groups", "16"), ("attn_norm_num_groups", "16"),
      ("norm_eps", "1e-6"),
      ("dropout", "0.5"), ("resnet_time_scale_shift", "scale_shift"), ("time_embedding_type", "fourier"),
      ("time_embedding_dim", "64"), ("flip_sin_to_cos", "false"), ("freq_shift", "1"),
      ("downsample_padding", "0"),
      ("mid_block_scale_factor", "2"), ("add_attention", "false"), ("center_input_sample", "true"),
    ] {
      let found = try refused { try components(model: kind, objective: objective, "model.\(key)=\(value)") }
      #expect(found == (kind == "unet2d" ? nil : "model." + key))
    }
  }
}
