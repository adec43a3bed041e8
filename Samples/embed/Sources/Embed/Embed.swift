import Foundation
import Sfumato
import SfumatoCommandLine

/// An application that adds to Sfumato what can be added, a file each: a model, a sampler, a condition, an objective with a parameter of
/// its own, an optimizer, an observer, and a task.
///
///     Embed                      trains for a moment: embed.png has images of four colours, and a second network names them
///     Embed train RECIPE …       the whole command line, with the additions in it
@main struct Embed {
  static func main() throws {
    Models.registry.register(ResidualNet.definition)
    Samplers.registry.register(.midpoint)
    Conditions.registry.register(MeanColor.definition)
    Objectives.registry.register(LearnedWeight.definition)
    Optimizers.registry.register(Adagrad.definition)
    TrainingObservers.registry.register(LossCurve.definition)
    TrainingTasks.registry.register(RegressionTask.definition)
    Models.registry.register(SmallClassifier.definition)
    Objectives.registry.register(SquaredError.definition)
    if CommandLine.arguments.count > 1 { SfumatoCommand.main() }
    let folder = NSTemporaryDirectory() + "embed-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let choice = try Backends.choose(), device = try choice.open()
    let values = try generate(in: folder + "/generator", device)
    try nameColors(of: values, in: folder + "/regression", device)
    print("embed.png: 16 images of four colours by \(choice.device.name)")
  }

  private static let colors = ["#f07868", "#f8d868", "#78b0e8", "#88c888"]

  /// Training and sampling as function calls.
  ///
  /// - Returns: the images as numbers, four of each colour.
  private static func generate(in folder: String, _ device: any Device) throws -> [Float] {
    var recipe = recipe(named: "embed")
    recipe.conditions = ["color": [:]]
    recipe.model.kind = "residual"
    recipe.model.options = ["width": 32, "blocks": 3]
    recipe.objective.kind = "edm-weighted"
    recipe.optimizer.learningRate = 2e-3
    recipe.optimizer.ema = 0.99
    recipe.observers = ["curve": ["period": 100]]
    recipe.training.steps = 400
    recipe.training.logEvery = 5
    try train(recipe, in: folder, device)

    let generator = try Generator.open(folder, device: device).generator
    let color = try generator.components.conditions.condition("color")
    var request = try SamplingRequest(recipe: recipe, conditions: generator.components.conditions)
    request.seeds = Array(0..<16)
    request.conditions = try request.seeds.indices.map {
      ConditionValues(["color": try color.value(parsing: colors[$0 / 4])])
    }
    request.sampler = "midpoint"
    request.guidance = 2
    let values = try generator.values(request)
    let images = Image.images(fromNormalized: values, width: 16, height: 16, channels: 3)
    guard let grid = Image.sampleGrid(images) else { return values }
    try Data(grid.encodedPNG()).write(to: URL(fileURLWithPath: "embed.png"))
    return values
  }

  /// A task of its own: a network that looks at images learns to tell the colour, and says it of those generated.
  private static func nameColors(of values: [Float], in folder: String, _ device: any Device) throws {
    var recipe = recipe(named: "colors")
    recipe.conditions = ["color": [:]]
    recipe.model.kind = "strided"
    recipe.objective.kind = "squared-error"
    recipe.optimizer.kind = "adagrad"
    recipe.optimizer.learningRate = 3e-2
    recipe.optimizer.ema = 0.9
    recipe.training.steps = 400
    try train(recipe, in: folder, device)

    let regression = try Regression(folder, count: 16, on: device)
    let found = try regression(HostTensor(values, [16, 16, 16, 3]))
    for (index, asked) in colors.enumerated() {
      let named = (0..<4).map { image in
        MeanColor().words([.floats(Array(found[(4 * index + image) * 3..<(4 * index + image + 1) * 3]))])
      }
      print("asked for \(asked), found \(named.joined(separator: " "))")
    }
  }

  /// The hearts, circles and squares among the emoji that ship, at 16×16.
  private static func recipe(named name: String) -> Recipe {
    var recipe = Recipe()
    recipe.name = name
    recipe.data.path =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../data/emoji-32.tar").standardizedFileURL.path
    recipe.data.resolution = 16
    recipe.data.filter = ["subgroup": "heart|geometric"]
    recipe.training.batch = 14
    recipe.training.sampleEvery = 0
    return recipe
  }

  private static func train(_ recipe: Recipe, in folder: String, _ device: any Device) throws {
    try Trainer(
      recipe: recipe, dataset: .open(recipe.data), device: device, deviceReason: "chosen by Embed",
      folder: RunFolder(path: folder), resume: false
    ).run()
  }
}
