import SfumatoBackend
import SfumatoConfiguration
import SfumatoModels
import SfumatoTraining

/// A GAN in training on a trial's data.
public final class CoverageRun {
  public let trial: any CoverageTrial
  public let recipe: Recipe
  private let step: TrainingStep
  private let batchesPerStep: Int

  /// - Parameter recipe: the trial's, or one that departs from it.
  public init(_ trial: any CoverageTrial, _ recipe: Recipe, on device: any Device) throws {
    DenseNetworks.register()
    self.trial = trial
    var recipe = recipe
    (recipe.data.resolution, recipe.data.channels) = trial.shape
    self.recipe = recipe
    let plan = try TrainingPlan(Components(recipe: recipe), device: device)
    step = try TrainingStep(plan, device: device)
    batchesPerStep = plan.components.task.batchesPerStep
  }

  /// Trains to the recipe's last step.
  ///
  /// - Parameter report: is called as often as the recipe asks for a line of the log, with the step's number.
  public func train(report: (Int, StepMetrics) throws -> Void = { _, _ in }) throws {
    let training = recipe.training
    // Not what the networks draw from.
    let seed = UInt64(training.seed) ^ 0x5eed_da7a
    for number in 1...training.steps {
      try step.run(
        step: number, trial.batch(step: number, count: batchesPerStep * training.batch, seed: seed))
      if number % training.logEvery == 0 { try report(number, step.metrics()) }
    }
  }

  /// What the generator, with its averaged parameters, makes of `count` latent vectors.
  public func examples(_ count: Int) throws -> [Float] {
    var request = try SamplingRequest(recipe: recipe)
    request.seeds = Array(0..<UInt64(count))
    request.batch = min(count, 500)
    return try step.generator().values(request)
  }
}
