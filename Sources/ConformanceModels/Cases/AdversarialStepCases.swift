import SfumatoConfiguration
import SfumatoConformance

/// Whole steps of a discriminator with its penalties, and of a generator: draws, augmentation, losses, gradients and Adam.
extension ConformanceCase {
  /// - Throws: where a recipe below is wrong.
  public static func adversarialSteps() throws -> [ConformanceCase] {
    try [
      ("R1 and R2", change { _ in }),
      ("R1 and R2 by class", change { $0.data.label = "class" }),
      (
        "R1 and R2, augmented",
        change {
          for kind in ["flip", "translate", "scale", "rotate", "color", "cutout"] {
            $0.objective.options["augment_\(kind)"] = true
          }
        }
      ),
      ("WGAN-GP", convolutional("wgan_gp")), ("hinge and R1", convolutional("hinge")),
    ].flatMap { detail, recipe in
      try [("discriminatorStep", 0), ("generatorStep", 1)].map { operation, phase in
        try TracedStep(recipe, phase: phase).conformanceCase(operation, detail: detail)
      }
    }
  }

  private static func convolutional(_ objective: String) -> Recipe {
    change {
      $0.model.kind = "dcgan"
      $0.model.options = ["width": 4, "latent_size": 4]
      $0.objective.kind = objective
    }
  }

  private static func change(_ body: (inout Recipe) -> Void) -> Recipe {
    var recipe = TracedStep.smallAdversarialRecipe
    body(&recipe)
    return recipe
  }
}
