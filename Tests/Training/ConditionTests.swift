import Foundation
import SfumatoCheckpoint
import SfumatoConditions
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoDiagnostics
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoOracle
import SfumatoTraining
import Testing
import TrainingSupport

/// What a model is told of images, through data, training, checkpoints and sampling.
@Suite struct ConditionTests {
  /// The length of an image's caption and whether it has an e, a vector.
  private struct CaptionFacts: DataCondition {
    var name: String { "facts" }
    var form: ConditionForm { .vector }
    var columns: [BatchColumn] { [BatchColumn("facts", .f32, [2])] }
    var survey: JSONValue { .integer(longest) }
    var nullValue: ConditionValue { [.floats([-1, -1])] }
    let longest: Int

    func null(_ values: [Tensor]) throws -> [Tensor] { [try values[0].splat(-1)] }

    func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding {
      .vector(try scope.linear(values[0], size))
    }

    func value(of index: Int, in dataset: LabelledDataset) throws -> ConditionValue {
      try value(parsing: dataset.caption(at: index))
    }

    func value(parsing words: String) throws -> ConditionValue {
      [.floats([Float(words.count) / Float(longest), words.contains("e") ? 1 : 0])]
    }

    func words(_ value: ConditionValue) -> String { "\(value[0].floats)" }

    static let definition = ConditionDefinition(
      name: "facts", summary: "of captions",
      survey: { dataset, _ in
        .integer((0..<dataset.count).map { dataset.caption(at: $0).count }.max() ?? 1)
      }, make: { CaptionFacts(longest: $0.survey.integer ?? 1) })
  }

  /// A condition of a form that the U-Net has no use for.
  private struct Backdrop: DataCondition {
    var name: String { "backdrop" }
    var form: ConditionForm { .image }
    var columns: [BatchColumn] { [BatchColumn("backdrop", .f32, [8, 8, 1])] }
    var survey: JSONValue { .null }
    var nullValue: ConditionValue { [.floats(Array(repeating: 0, count: 64))] }
    func null(_ values: [Tensor]) throws -> [Tensor] { [try values[0].splat(0)] }
    func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding {
      .image(values[0])
    }
    func value(of index: Int, in dataset: LabelledDataset) throws -> ConditionValue { nullValue }
    func value(parsing words: String) throws -> ConditionValue { nullValue }
    func words(_ value: ConditionValue) -> String { "" }
    static let definition = ConditionDefinition(
      name: "backdrop", summary: "an image", survey: { _, _ in .null }, make: { _ in Backdrop() })
  }

  private static let registered: Void = {
    Conditions.registry.register(CaptionFacts.definition)
    Conditions.registry.register(Backdrop.definition)
  }()

  init() { Self.registered }

  private func classes(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    TinyRun.recipe {
      $0.data.label = "subgroup"
      $0.data.filter = ["subgroup": "face-smiling|face-affection"]
      change(&$0)
    }
  }

  /// A class and a vector together: trained in parts and at once, resumed, saved and sampled.
  @Test func severalConditionsGoThroughARun() throws {
    let device = try OracleBackend().open(0)
    let recipe = classes {
      $0.conditions = ["facts": [:]]
      $0.training.steps = 2
      $0.training.microBatch = 2
      $0.training.checkpointEvery = 1
      $0.training.keepCheckpoints = 2
    }
    let run = try TinyRun(), other = try TinyRun()
    defer {
      run.remove()
      other.remove()
    }
    try run.trainer(recipe, on: device).run()
    var half = recipe
    half.training.steps = 1
    try other.trainer(half, on: device).run()
    try other.trainer(recipe, on: device, resume: true).run()
    #expect(try run.files(step: 2) == other.files(step: 2))
    let names = try Checkpoint(folder: run.folder.checkpoints.path(step: 2)).parts["model"]?.tensors.map(
      \.name)
    #expect(names?.contains("facts_embedding.weight") == true)
    #expect(names?.contains("class_embedding.weight") == true)

    let generator = try Generator.open(run.folder.path, device: device).generator
    let conditions = generator.components.conditions
    #expect(conditions.names == ["class", "facts"])
    #expect(conditions.all.compactMap { ($0 as? CaptionFacts)?.longest }.first ?? 0 > 10)
    func images(_ words: [String: String]) throws -> [Float] {
      var asked = recipe
      asked.sampling.conditions = words
      asked.sampling.count = 1
      return try generator.values(SamplingRequest(recipe: asked, conditions: conditions))
    }
    let plain = try images(["class": "0"])
    #expect(try images(["class": "face-affection"]) == plain)
    #expect(try images(["class": "1"]) != plain)
    #expect(try images(["class": "0", "facts": "grinning face"]) != plain)
    let request = try SamplingRequest(recipe: recipe, conditions: conditions)
    #expect(conditions.words(request.told(0..<2)).map(\.words) == [["face-affection", "face-smiling"], []])
  }

  @Test func whatIsAskedOfAConditionIsChecked() throws {
    let components = try Components(recipe: classes(), classCount: 3)
    func error(_ change: (inout Recipe) -> Void) -> String {
      let error = #expect(throws: ConditionError.self) {
        try SamplingRequest(recipe: classes(change), conditions: components.conditions)
      }
      #expect(error?.exitCode == .usage)
      return error?.description ?? ""
    }
    #expect(error { $0.sampling.label = "clas 1" } == #"there is no class "clas 1"; did you mean "class 1"?"#)
    #expect(error { $0.sampling.label = "3" }.hasPrefix(#"there is no class "3"; one of: class 0"#))
    #expect(
      error { $0.sampling.conditions = ["clas": "1"] }
        == #"clas: this model is not trained with it; did you mean "class"?"#)
    let unconditional = #expect(throws: ConditionError.self) {
      try SamplingRequest(recipe: classes { $0.sampling.label = "1" })
    }
    #expect(unconditional?.description.contains("trained without conditions") == true)
  }

  @Test func modelsTakeTheFormsThatTheyDeclare() throws {
    var recipe = TinyRun.recipe { $0.conditions = ["backdrop": [:]] }
    let dataset = try LabelledDataset.open(recipe.data)
    let error = #expect(throws: TrainingError.self) { try Components(recipe: recipe, dataset: dataset) }
    #expect(
      error?.description
        == "conditions.backdrop: it is of the form image, of which the model unet2d takes none")
    recipe.conditions = ["backdrip": [:]]
    #expect { try Components(recipe: recipe, dataset: dataset) } throws: {
      "\($0)".contains(#"did you mean "backdrop"?"#)
    }
    recipe.conditions = ["class": ["x": 1]]
    #expect { try Components(recipe: recipe, dataset: dataset) } throws: {
      "\($0)".contains(#"condition "class" takes no options, but was given "x""#)
    }
  }

  @Test func tablesOfClassesAreLargeEnough() throws {
    #expect(throws: ConditionError.tooFewChoices(condition: "class", found: 3, needed: 4)) {
      try Components(recipe: classes { $0.model.numClassEmbeds = 3 }, classCount: 3)
    }
    let more = try Components(recipe: classes { $0.model.numClassEmbeds = 9 }, classCount: 3)
    #expect(more.model.configuration["num_class_embeds"] == 9)
    let error = #expect(throws: TrainingError.self) {
      try Components(recipe: TinyRun.recipe { $0.model.numClassEmbeds = 9 })
    }
    #expect(
      error?.description.hasPrefix("model.num_class_embeds: the model is trained without classes") == true)
  }

  /// Checkpoints from before there were other conditions had the names of classes.
  @Test func olderCheckpointsAreRead() throws {
    #expect(ConditionSet.surveys(in: ["classes": ["a", "b"]]) == ["class": ["a", "b"]])
    #expect(ConditionSet.surveys(in: ["classes": []]) == [:])
    #expect(ConditionSet.surveys(in: [:]) == nil)
    let set = try Components(recipe: classes(), classCount: 2).conditions
    #expect(ConditionSet.json(in: ["classes": ["class 0", "class 1"]]) == set.json)
    #expect(ConditionSet.surveys(in: ["conditions": set.json]) == ["class": ["class 0", "class 1"]])
  }

  /// A batch whose rows are dropped by chance keeps a vector's other rows as they were.
  @Test func vectorsAreReplacedByRows() throws {
    let graph = GraphBuilder()
    let told = Conditioning([
      .init(CaptionFacts(longest: 1), [try graph.constant([1, 2, 3, 4, 5, 6], .f32, [3, 2])])
    ])
    let some = try graph.constant([0, 1, 0], .f32, [3])
    let mixed = try told.replaced(by: told.null(), where: some.splat(0.5).isLess(than: some))
    try graph.output("mixed", mixed.parts[0].values[0])
    try graph.output("both", told.followed(by: told.null()).parts[0].values[0])
    let found = try evaluate(graph.finish(), inputs: [:]).outputs
    #expect(found["mixed"] == [1, 2, -1, -1, 5, 6])
    #expect(found["both"] == [1, 2, 3, 4, 5, 6, -1, -1, -1, -1, -1, -1])
  }
}
