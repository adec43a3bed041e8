import SfumatoConfiguration
import SfumatoConformance

/// Whole training steps: a U-Net's loss, its gradients, clipping, AdamW and the average.
extension ConformanceCase {
  /// - Throws: where a recipe below is wrong.
  public static func models() throws -> [ConformanceCase] {
    try [
      ("edm", change { _ in }), ("ddpm", change { $0.objective.kind = "ddpm" }),
      ("edm by class", change { $0.data.label = "class" }),
      (
        "edm grey, one image",
        change {
          $0.data.channels = 1; $0.training.batch = 1
        }
      ),
      (
        "edm without attention, 12×12",
        change {
          $0.data.resolution = 12
          $0.model.options["down_block_types"] = ["DownBlock2D", "DownBlock2D"]
          $0.model.options["up_block_types"] = ["UpBlock2D", "UpBlock2D"]
        }
      ),
    ].map { detail, recipe in try TracedStep(recipe).conformanceCase("unetStep", detail: detail) }
  }

  private static func change(_ body: (inout Recipe) -> Void) -> Recipe {
    var recipe = TracedStep.smallRecipe
    body(&recipe)
    return recipe
  }
}
