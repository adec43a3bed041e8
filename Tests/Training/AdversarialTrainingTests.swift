import Foundation
import Sfumato
import SfumatoBackend
import SfumatoConfiguration
import SfumatoOracle
import SfumatoSamplers
import Testing
import TrainingSupport

@testable import SfumatoTraining

/// Training a generator against a discriminator.
@Suite struct AdversarialTrainingTests {
  /// Ways of training that keep different states.
  enum Variant: String, CaseIterable {
    /// R1 and R2, schedules, classes, augmentation with a probability of its own.
    case everything
    /// R1 in every third step, so that there are two programs of the discriminator.
    case lazy
    case bf16
    case microBatches

    var recipe: Recipe {
      TinyRun.adversarialRecipe { recipe in
        switch self {
        case .everything:
          recipe.data.label = "subgroup"
          recipe.data.filter = ["subgroup": "face-smiling|face-affection"]
          recipe.objective.options = [
            "gamma": 1, "final_gamma": 0.1, "augment_flip": true, "augment_translate": true,
            "augment_color": true, "augment_schedule": "adaptive", "augment_images": 40,
            "augment_target": 0.1,
          ]
          recipe.optimizer.options["final_beta2"] = 0.99
          recipe.optimizer.schedule = "cosine"
          recipe.optimizer.scheduleSteps = 6
          recipe.optimizer.emaHalfLife = 20
        case .lazy:
          recipe.model.kind = "dcgan"
          recipe.model.options = ["width": 4, "latent_size": 4]
          recipe.objective.kind = "non_saturating"
          recipe.objective.options = ["penalty_interval": 3]
        case .bf16: recipe.training.precision = "bf16"
        case .microBatches: recipe.training.microBatch = 2
        }
      }
    }
  }

  /// 2N steps are N, a resume and N more: to the last bit of weights, averages, optimizer and log.
  @Test(arguments: TrainerTests.devices, Variant.allCases)
  func resumeIsTheSameRun(info: DeviceInfo, variant: Variant) throws {
    let device = try Backends.registry.entry(info.backend).backend.open(info.index)
    let whole = try TinyRun(), halves = try TinyRun()
    defer { [whole, halves].forEach { $0.remove() } }
    var recipe = variant.recipe
    recipe.training.steps = 4
    recipe.optimizer.scheduleSteps = 6
    try whole.trainer(recipe, on: device).run()
    recipe.training.steps = 2
    try halves.trainer(recipe, on: device).run()
    recipe.training.steps = 4
    try halves.trainer(recipe, on: device, resume: true).run()
    #expect(try whole.files(step: 4) == halves.files(step: 4))
    #expect(try whole.files(step: 4).count == 3)
    #expect(try whole.log() == halves.log())
    #expect(try whole.log().count == 4)
    let (a, b) = (
      try whole.folder.checkpoints.load(step: 4).state, try halves.folder.checkpoints.load(step: 4).state
    )
    #expect(a["augmentation"] == b["augmentation"])
    #expect((a["augmentation"] != nil) == (variant == .everything))
    #expect(a["best_diversity"]?.number ?? 0 > 0)
    #expect(a["best_diversity"] == b["best_diversity"])
  }

  @Test func microBatchesGiveTheSameStep() throws {
    let device = try OracleBackend().open(0)
    func weights(micro: Int?) throws -> [Float] {
      let run = try TinyRun()
      defer { run.remove() }
      var recipe = Variant.everything.recipe
      recipe.training.steps = 2
      recipe.training.microBatch = micro
      try run.trainer(recipe, on: device).run()
      return try run.folder.checkpoints.load(step: 2).parts["model"]?.tensors.flatMap { $0.floats ?? [] }
        ?? []
    }
    let a = try weights(micro: nil), b = try weights(micro: 2)
    let difference = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    #expect(!a.isEmpty && difference <= 1e-9 * a.reduce(0.0) { $0 + Double($1) * Double($1) })
  }

  /// Each phase changes its own network; only the generator has averages.
  @Test func phasesKeepToTheirPart() throws {
    let components = try Components(recipe: Variant.lazy.recipe)
    let programs = try TrainingPrograms(components)
    #expect(programs.phases.map(\.name) == ["discriminator", "discriminator", "generator"])
    for phase in programs.phases {
      let changed = phase.update.states.filter { $0.input != $0.output }.map(\.name)
      let other = phase.name == "generator" ? "discriminator" : "generator"
      #expect(!changed.isEmpty && !changed.contains { $0.contains(other + ".") })
    }
    #expect(!programs.averaged.isEmpty && programs.averaged.allSatisfy { $0.name.hasPrefix("generator.") })
    // The penalty is there in steps 3, 6, … only.
    #expect((1...7).map { programs.phases[0].isDue($0) } == [false, false, true, false, false, true, false])
    #expect((1...7).allSatisfy { programs.phases[0].isDue($0) != programs.phases[1].isDue($0) })
    #expect(programs.phases[0].metrics.contains("r1") && !programs.phases[1].metrics.contains("r1"))
  }

  /// Both networks learn from images of their own, and every schedule goes where it should.
  @Test func logsTellOfBothNetworks() throws {
    let run = try TinyRun()
    defer { run.remove() }
    var recipe = Variant.everything.recipe
    recipe.training.steps = 3
    let trainer = try run.trainer(recipe, on: OracleBackend().open(0))
    #expect(trainer.loader.batchSize == 2 * recipe.training.batch)
    final class Listener: TrainingObserver {
      var steps: [LoggedStep] = []
      func observe(_ event: TrainingEvent) { if case .logged(let step) = event { steps.append(step) } }
    }
    let listener = Listener()
    try trainer.run(observers: [listener])
    #expect(
      listener.steps.last?.metrics.values.map(\.name) == [
        "discriminator_loss", "score_real", "score_made", "certainty", "r1", "r2",
        "discriminator_gradient_norm", "augmentation.probability", "generator_loss",
        "generator_gradient_norm",
        "diversity",
      ])
    #expect(listener.steps.map(\.images) == [4, 8, 12])
    let task = try #require(trainer.plan.components.task as? AdversarialTask)
    #expect(task.settings(step: 1, of: 6)[0] == 1)
    #expect(abs(task.settings(step: 4, of: 6)[0] - 0.55) < 1e-12)
    #expect(abs(task.settings(step: 7, of: 6)[0] - 0.1) < 1e-12)
    #expect(trainer.plan.components.averageSchedule(step: 1) == 0)
    #expect(abs(trainer.plan.components.averageSchedule(step: 7) - exp2(-4.0 / 20)) < 1e-12)
  }

  @Test func modelsAndObjectivesMustGoTogether() throws {
    let device = try OracleBackend().open(0)
    let run = try TinyRun()
    defer { run.remove() }
    func message(_ change: (inout Recipe) -> Void) -> String {
      do {
        _ = try run.trainer(TinyRun.adversarialRecipe(change), on: device)
        return "nothing"
      } catch { return "\(error)" }
    }
    #expect(
      message { $0.objective.kind = "edm" }
        == "model.kind r3gan and objective.kind edm do not go together; for this model choose one of: "
        + "r3gan, non_saturating, hinge, wgan_gp")
    let denoiser = message {
      $0.model.kind = "unet2d"
      $0.model.options = [:]
    }
    #expect(denoiser.hasSuffix("choose one of: edm, edm2, ddpm, flow"))
    #expect(message { $0.training.precision = "f16" }.contains("train with bf16 or f32"))
    #expect(
      message { $0.data.resolution = 24 }.contains("data.resolution is 24, but must be one of: 8, 16, 32"))
    #expect(message { $0.model.options["group_channels"] = 5 }.contains("does not divide into groups of 5"))
  }

  /// A generator whose images have become one image has collapsed, if they were more once.
  @Test func collapseIsSeenAndNotSaved() throws {
    let components = try Components(recipe: Variant.bf16.recipe)
    let device = try OracleBackend().open(0)
    let (program, parameters) = try Generator.program(components)
    let state = try device.makeState(for: program)
    func write(scale: Float) throws {
      for parameter in parameters {
        let values = parameter.initialValues(seed: 1).map { $0 * scale }
        try state.write("ema." + parameter.name, HostTensor(values, parameter.shape))
      }
    }
    let real = (0..<4 * 192).map { Float(sin(Double($0 * $0))) }
    func watch(best: Double) throws -> DiversityWatch {
      try DiversityWatch(Generator(components, device: device, state: state), real: real, best: best)
    }
    try write(scale: 0)
    #expect(try !watch(best: 0).look().hasCollapsed)
    #expect(try watch(best: 1).look().hasCollapsed)
    try write(scale: 1)
    let alive = try watch(best: 0), (diversity, hasCollapsed) = try alive.look()
    #expect(diversity > 0.1 && !hasCollapsed && alive.best == diversity)
    try write(scale: 0)
    #expect(try alive.look().hasCollapsed)
    let error = TrainingError.collapsed(diversity: 0.001, best: 0.5, step: 7, checkpoint: "runs/x/step-5")
    #expect(error.exitCode == .divergence && error.description.contains("runs/x/step-5"))
  }

  /// What is watched is the class of most images: one of a single image may well give a single image.
  @Test func diversityIsThatOfTheCommonestClass() throws {
    let run = try TinyRun()
    defer { run.remove() }
    var recipe = Variant.everything.recipe
    recipe.training.steps = 1
    let device = try OracleBackend().open(0)
    let trainer = try run.trainer(recipe, on: device)
    #expect(trainer.loader.dataset.classes == ["face-affection", "face-smiling"])
    try trainer.run()
    let checkpoint = try run.folder.checkpoints.load(step: 1)
    let generator = try Generator.open(run.folder.checkpoints.path(step: 1), device: device).generator
    func diversity(label: Int) throws -> Double {
      try DiversityWatch(
        generator, told: ConditionValues(["class": ClassCondition.value(label)]), real: [], best: 0
      ).look().diversity
    }
    let logged = checkpoint.state["best_diversity"]?.number
    #expect(try logged == diversity(label: 1) && logged != diversity(label: 0))
  }

  @Test func diversityIsTheMeanDeviation() {
    #expect(DiversityWatch.diversity([1, 0, 3, 0, 1, 4, 3, 4], size: 2) == 1.5)
    #expect(DiversityWatch.diversity([1, 2], size: 2) == 0)
  }

  /// What a seed makes depends neither on the batch nor on its neighbours; truncation and classes count, samplers do not exist.
  @Test func samplesComeFromLatentVectors() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let device = try OracleBackend().open(0)
    var recipe = Variant.everything.recipe
    recipe.training.steps = 1
    try run.trainer(recipe, on: device).run()
    let generator = try Generator.open(run.folder.path, device: device).generator
    let classes = try generator.components.conditions.condition("class")
    #expect((classes as? ClassCondition)?.names == ["face-affection", "face-smiling"])
    var request = try SamplingRequest(recipe: recipe, conditions: generator.components.conditions)
    request.points = [
      NoisePoint(5), NoisePoint(6), NoisePoint(5, to: 6, part: 0), NoisePoint(5, to: 6, part: 1),
    ]
    request.conditions = Array(repeating: ConditionValues(["class": ClassCondition.value(1)]), count: 4)
    let values = try generator.values(request), size = 192
    func image(_ number: Int) -> ArraySlice<Float> { values[number * size..<(number + 1) * size] }
    #expect(Array(image(0)) == Array(image(2)))
    #expect(Array(image(1)) == Array(image(3)) && Array(image(0)) != Array(image(1)))
    request.batch = 1
    #expect(try generator.values(request) == values)
    request.conditions = Array(repeating: ConditionValues(["class": ClassCondition.value(0)]), count: 4)
    #expect(try generator.values(request) != values)
    request.truncation = 0
    let means = try generator.values(request)
    #expect(Array(means[..<size]) == Array(means[size..<2 * size]))
    #expect(try generator.method(request).name == "generator")
    request.sampler = "heun"
    #expect { try generator.values(request) } throws: {
      "\($0)".hasPrefix("sampler: this model generates an image")
    }
  }
}
