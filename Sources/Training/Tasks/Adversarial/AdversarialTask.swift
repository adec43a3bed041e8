import SfumatoBackend
import SfumatoConfiguration
import SfumatoGraph
import SfumatoModels
import SfumatoNN
import SfumatoObjectives

/// A generator with its discriminator.
public struct AdversarialTask: TrainingTask {
  public let networks: any AdversarialModel
  public let objective: any AdversarialObjective

  static let definition = TrainingTaskDefinition(
    name: "adversarial", summary: "A generator learns from a discriminator, and that from both"
  ) { model, objective in
    guard let model = model as? any AdversarialModel, let objective = objective as? any AdversarialObjective
    else { return nil }
    return AdversarialTask(networks: model, objective: objective)
  }

  public var model: any Model { networks }

  /// One for each network.
  public var batchesPerStep: Int { 2 }

  public var entries: [StateEntry] { objective.augmentation.isAdaptive ? [AugmentationStatus.entry] : [] }

  public func check(_ recipe: Recipe) throws {
    guard recipe.training.precision != "f16" else {
      throw TrainingError.inapplicable(
        option: "training.precision",
        reason: "penalties are gradients of gradients, which f16 cannot hold; train with bf16 or f32")
    }
  }

  public func check(_ request: SamplingRequest) throws {
    let reason = "this model generates an image in one evaluation, from a latent vector; leave it out"
    for (option, isGiven) in [
      ("sampler", request.sampler != "auto"), ("steps", request.steps != nil),
      ("option", !request.options.isEmpty), ("guidance", request.guidance != 1),
    ] where isGiven {
      throw TrainingError.inapplicable(option: option, reason: reason)
    }
  }

  public func phases(_ components: Components) -> [PhaseDefinition] {
    PhaseDefinition.phases(self, components)
  }

  public func inputs(step: Int, of steps: Int) -> [String: HostTensor] {
    let settings = settings(step: step, of: steps).map { Float($0) }
    return [Self.settingsName: HostTensor(settings, [settings.count])]
  }

  public func watches(_ run: WatchedRun) throws -> [any TrainingWatch] {
    // One class, as classes differ from each other anyway.
    let indices = run.loader.dataset.commonestClass(count: 64), generator = try run.generator()
    return [
      try DiversityWatch(
        generator, told: generator.components.conditions.values(of: indices[0], in: run.loader.dataset),
        real: run.loader.batch(of: indices).images, best: run.saved[DiversityWatch.key]?.number ?? 0)
    ]
  }

  public var generatesImages: Bool { true }

  public func imageGenerator(_ components: Components, device: any Device, state: any StateStore) -> (
    any ImageGenerator
  )? {
    LatentGenerator(self, components.conditions, device: device, state: state)
  }

  public func samplingProgram(_ components: Components) throws -> (program: Program, parameters: [Parameter])?
  {
    let traced = try GeneratingProgram(self, components.conditions, batch: 1)
    return (traced.program, traced.parameters)
  }
}
