import SfumatoBackend
import SfumatoConfiguration
import SfumatoFFTWBackend
import SfumatoModels
import Testing
import TrainingSupport

@testable import SfumatoTraining

/// Whether a GAN finds all that there is.
@Suite struct ModeCoverageTests {
  init() {
    if !Models.registry.names.contains("points") { Models.registry.register(PointNetworks.definition) }
  }

  /// R3GAN's objective and schedules on points.
  private func recipe(steps: Int, seed: Int) -> Recipe {
    var recipe = Recipe()
    recipe.data.resolution = 1
    recipe.data.channels = 2
    recipe.model.kind = "points"
    recipe.objective.kind = "r3gan"
    recipe.objective.options = ["gamma": 2, "final_gamma": 0.005]
    recipe.optimizer.kind = "adam"
    recipe.optimizer.betas = [0, 0.95]
    recipe.optimizer.finalBeta2 = 0.99
    recipe.optimizer.learningRate = 4e-3
    recipe.optimizer.finalLearningRate = 5e-5
    recipe.optimizer.schedule = "cosine"
    recipe.optimizer.warmupSteps = 0
    recipe.optimizer.gradientClip = 0
    recipe.optimizer.emaHalfLife = 25_600
    recipe.training.steps = steps
    recipe.training.batch = 512
    recipe.training.seed = seed
    return recipe
  }

  /// All 25 Gaussians are found, and most points lie at one.
  @Test func all25Gaussians() throws {
    let seed = 2, recipe = recipe(steps: 4000, seed: seed), device = try FFTWBackend().open(0)
    let plan = try TrainingPlan(Components(recipe: recipe, classes: []), device: device)
    let state = try TrainingState(plan.components, plan.programs, device: device)
    try state.initialize(seed: UInt64(seed))
    let step = try TrainingStep(plan, state: state, device: device)
    for number in 1...recipe.training.steps {
      try step.run(
        step: number,
        GaussianMixture.batch(step: number, count: 2 * recipe.training.batch, seed: UInt64(seed)))
    }
    let generator = Generator(plan.components, device: device, state: state.store)
    var request = SamplingRequest(recipe: recipe, classes: [])
    request.seeds = Array(0..<2500)
    request.batch = 2500
    let found = GaussianMixture.coverage(of: try generator.values(request))
    print(
      "25 Gaussians, seed \(seed), \(recipe.training.steps) steps: \(found.modes) found, "
        + "\((found.quality * 100).rounded()) % of the points within 4 deviations of one")
    #expect(found.modes == 25)
    #expect(found.quality > 0.5)
  }

  /// The measure itself: the mixture covers itself, one Gaussian is one, and points between are none.
  @Test func coverageIsMeasured() {
    let mixture = GaussianMixture.coverage(of: GaussianMixture.batch(step: 1, count: 5000, seed: 1).images)
    #expect(mixture.modes == 25 && mixture.quality > 0.999 && abs(mixture.deviation - 0.05) < 0.002)
    let one = GaussianMixture.coverage(of: Array(repeating: [2, -4], count: 50).flatMap { $0 })
    #expect(one.modes == 1 && one.quality == 1)
    let none = GaussianMixture.coverage(of: Array(repeating: [1, 0], count: 50).flatMap { $0 })
    #expect(none.modes == 0 && none.quality == 0)
  }
}
