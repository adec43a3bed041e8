extension Recipe {
  /// Checks what no key can see alone.
  ///
  /// - Throws: `RecipeError.inconsistent`.
  func check(source: String) throws(RecipeError) {
    let require = Requirement(source: source)
    if model.kind == "unet2d" { try checkUNet(require) }
    if let micro = training.microBatch {
      try require(
        training.batch.isMultiple(of: micro),
        "training.micro_batch (\(micro)) must divide training.batch (\(training.batch))")
    }
    let scale = training.lossScale
    try require(
      scale.minimum <= scale.initial && scale.initial <= scale.maximum,
      "training.loss_scale.initial (\(scale.initial)) must lie between minimum (\(scale.minimum)) and maximum "
        + "(\(scale.maximum))")
    try require(
      sampling.sigmaMin < sampling.sigmaMax,
      "sampling.sigma_min (\(sampling.sigmaMin)) must be below sampling.sigma_max (\(sampling.sigmaMax))")
    try require(
      objective.betaStart <= objective.betaEnd,
      "objective.beta_start (\(objective.betaStart)) must not be above objective.beta_end "
        + "(\(objective.betaEnd))")
  }

  private func checkUNet(_ require: Requirement) throws(RecipeError) {
    let levels = model.blockOutChannels.count
    for (key, types) in [("down_block_types", model.downBlockTypes), ("up_block_types", model.upBlockTypes)] {
      try require(
        types.count == levels,
        "model.\(key) has \(types.count) entries, but model.block_out_channels has \(levels); "
          + "give one block type for each level")
    }
    for channels in model.blockOutChannels {
      try require(
        channels.isMultiple(of: model.normNumGroups),
        "model.block_out_channels has \(channels), which is no multiple of model.norm_num_groups "
          + "(\(model.normNumGroups)); change one of them")
    }
    try require(
      data.resolution.isMultiple(of: 1 << (levels - 1)),
      "data.resolution is \(data.resolution), but \(levels) levels need a multiple of \(1 << (levels - 1))")
  }
}

/// Throws what `detail` says where a condition does not hold.
private struct Requirement {
  let source: String

  func callAsFunction(_ condition: Bool, _ detail: @autoclosure () -> String) throws(RecipeError) {
    if !condition { throw .inconsistent(RecipeLocation(source: source), detail: detail()) }
  }
}
