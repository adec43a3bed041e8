import SfumatoConditions
import SfumatoBackend
import SfumatoOracle
import SfumatoTraining
import Testing
import TrainingSupport

@Suite struct GeneratorTests {
  @Test func sameRequestSameImages() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let device = try OracleBackend().open(0)
    let recipe = TinyRun.recipe {
      $0.training.steps = 1
      $0.data.label = "subgroup"
      $0.data.filter = ["subgroup": "face-smiling|face-affection"]
    }
    try run.trainer(recipe, on: device).run()
    let (generator, model) = try Generator.open(run.folder.path, device: device)
    #expect(model.step == 1 && model.hash.count == 16)
    let classes = try generator.components.conditions.condition("class")
    #expect((classes as? ClassCondition)?.names == ["face-affection", "face-smiling"])
    var request = try SamplingRequest(recipe: recipe, conditions: generator.components.conditions)
    request.seeds = [5, 6, 7]
    request.conditions = [0, 1, nil].map {
      ConditionValues($0.map { ["class": ClassCondition.value($0)] } ?? [:])
    }
    request.guidance = 2
    let together = try generator.images(request)
    request.batch = 1
    var previews = 0
    #expect(try generator.images(request) { _ in previews += 1 } == together)
    #expect(previews == 6)
    request.sampler = "hein"
    #expect { try generator.images(request) } throws: { "\($0)".contains("did you mean \"heun\"?") }
  }

  @Test func classesNeedAConditionalModel() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let device = try OracleBackend().open(0)
    let recipe = TinyRun.recipe { $0.training.steps = 1 }
    try run.trainer(recipe, on: device).run()
    let generator = try Generator.open(run.folder.path, device: device).generator
    var request = try SamplingRequest(recipe: recipe)
    request.guidance = 3
    #expect(throws: TrainingError.self) { try generator.images(request) }
  }
}
