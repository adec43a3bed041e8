import SfumatoConfiguration
import SfumatoDatasets
import SfumatoImages

extension BatchLoader {
  /// The loader that a recipe asks for.
  ///
  /// - Parameters:
  ///   - batches: of the recipe, that a step takes.
  ///   - columns: what batches hold beside the images.
  /// - Throws: `TrainingError` for a background that is no colour, `RegistryError` for an unknown augmentation or option,
  ///   `DatasetError`.
  public convenience init(
    recipe: Recipe, dataset: LabelledDataset, batches: Int = 1, columns: [ColumnSource] = []
  ) throws {
    guard let background = Color(recipe.data.background) else {
      throw TrainingError.inapplicable(
        option: "data.background",
        reason: "\"\(recipe.data.background)\" is no colour; write white, black, gray or #rrggbb")
    }
    try self.init(
      dataset,
      preparation: Preparation(
        resolution: recipe.data.resolution, channels: recipe.data.channels, background: background),
      batchSize: batches * recipe.training.batch, seed: UInt64(recipe.training.seed),
      framing: Framing(crop: .init(rawValue: recipe.data.crop) ?? .center, flip: recipe.data.flip),
      augmentations: Augmentations.chosen(recipe.data.augment), columns: columns)
  }
}

extension LabelledDataset {
  /// The data set that a recipe asks for.
  ///
  /// - Throws: `TrainingError.inapplicable` when no path is given, and what opening throws.
  public static func open(_ recipe: DataRecipe) throws -> LabelledDataset {
    guard let path = recipe.path else {
      throw TrainingError.inapplicable(option: "data.path", reason: "no data is named; give --data PATH")
    }
    return try openDataset(
      path: path,
      options: DatasetOptions(
        kind: recipe.kind == "auto" ? nil : recipe.kind, label: recipe.label == "none" ? nil : recipe.label,
        filter: recipe.filter))
  }
}
