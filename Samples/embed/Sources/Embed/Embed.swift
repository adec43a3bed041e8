import Foundation
import Sfumato
import SfumatoCommandLine

/// An application that adds a model and a sampler to Sfumato.
///
///     Embed                      trains the model for a moment and makes an image, embed.png
///     Embed train RECIPE …       the whole command line, with the additions in it
@main struct Embed {
  static func main() throws {
    Models.registry.register(ResidualNet.definition)
    Samplers.registry.register(.midpoint)
    if CommandLine.arguments.count > 1 { SfumatoCommand.main() }
    try makeImage()
  }

  /// Training and sampling as function calls.
  private static func makeImage() throws {
    var recipe = Recipe()
    recipe.name = "embed"
    recipe.data.path =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../data/emoji-32.tar").standardizedFileURL.path
    recipe.data.resolution = 16
    recipe.data.filter = ["subgroup": "face-smiling"]
    recipe.model.kind = "residual"
    recipe.model.options = ["width": .number(32), "blocks": .number(3)]
    recipe.optimizer.learningRate = 2e-3
    recipe.optimizer.ema = 0.99
    recipe.training.steps = 300
    recipe.training.batch = 14
    recipe.training.sampleEvery = 0

    let folder = NSTemporaryDirectory() + "embed-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let choice = try Backends.choose()
    let trainer = try Trainer(
      recipe: recipe, dataset: .open(recipe.data), device: choice.open(), deviceReason: choice.reason,
      folder: RunFolder(path: folder), resume: false)
    try trainer.run()

    let generator = try Generator.open(folder, device: choice.open()).generator
    var request = try SamplingRequest(recipe: recipe, classes: [])
    request.seeds = Array(0..<8)
    request.labels = Array(repeating: nil, count: 8)
    request.sampler = "midpoint"
    guard let grid = Image.sampleGrid(try generator.images(request)) else { return }
    try Data(grid.encodedPNG()).write(to: URL(fileURLWithPath: "embed.png"))
    print("embed.png: 8 images by \(choice.device.name)")
  }
}
