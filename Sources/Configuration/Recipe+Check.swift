extension Recipe {
  /// Checks what no key can see alone.
  ///
  /// - Throws: `RecipeError.inconsistent`.
  func check(source: String) throws(RecipeError) {
    let require = Requirement(source: source)
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
  }
}

/// Throws what `detail` says where a condition does not hold.
private struct Requirement {
  let source: String

  func callAsFunction(_ condition: Bool, _ detail: @autoclosure () -> String) throws(RecipeError) {
    if !condition { throw .inconsistent(RecipeLocation(source: source), detail: detail()) }
  }
}
