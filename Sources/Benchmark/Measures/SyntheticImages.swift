import SfumatoConditions
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoRandom
import SfumatoTraining

extension Recipe {
  /// The quickstart's model, 1.1 million parameters on images of 32×32, for when no recipe is named.
  public static let benchmark: Recipe = {
    var recipe = Recipe()
    recipe.name = "quickstart"
    recipe.data.resolution = 32
    recipe.model.options["block_out_channels"] = [32, 64, 64]
    recipe.model.options["down_block_types"] = ["DownBlock2D", "DownBlock2D", "AttnDownBlock2D"]
    recipe.model.options["up_block_types"] = ["AttnUpBlock2D", "UpBlock2D", "UpBlock2D"]
    recipe.model.options["layers_per_block"] = 1
    recipe.model.options["norm_num_groups"] = 8
    return recipe
  }()
}

extension Components {
  /// The parts of a recipe with ten classes of synthetic images where it asks for labels.
  init(syntheticFor recipe: Recipe) throws {
    try self.init(recipe: recipe, classCount: 10)
  }
}

extension Batch {
  /// The batch of step `step`, from 1: uniform noise in (−1, 1), the same in every run.
  public init(syntheticFor components: Components, step: Int) {
    let recipe = components.recipe, count = recipe.training.batch * components.task.batchesPerStep
    let stream = RandomStream(
      seed: UInt64(recipe.training.seed), step: UInt64(step), purpose: .augmentation)
    let elements = count * recipe.data.resolution * recipe.data.resolution * recipe.data.channels
    self.init(
      images: (0..<elements).map { Float(2 * stream.uniform($0) - 1) }, indices: Array(0..<count))
    let told = (0..<count).map(components.conditions.usualValues)
    columns.merge(components.conditions.columns(told)) { $1 }
  }
}
