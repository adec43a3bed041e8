import Foundation
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoModels
import SfumatoSamplers
import SfumatoTraining
import Testing

/// Every recipe that ships names things that there are, with options that they take.
@Suite struct ShippedRecipeTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Samples/recipes")
  static let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.sorted() ?? []

  @Test(arguments: files) func namesWhatThereIs(file: String) throws {
    let recipe = try Recipe(path: Self.folder.appending(path: file).path)
    if recipe.sampling.sampler != "auto" {
      let sampler = try Samplers.registry.entry(recipe.sampling.sampler)
      _ = try sampler.validated(recipe.sampling.options)
    }
    if recipe.data.kind != "auto" { _ = try DatasetKind.registry.entry(recipe.data.kind) }
    let model = try Components(recipe: recipe, classCount: 10).model
    #expect(
      (model as? any DenoisingModel)?.inChannels ?? (model as? any AdversarialModel)?.channels
        == recipe.data.channels)
    #expect(model.isConditional == (recipe.data.label != "none"))
  }

  @Test func recipesShip() { #expect(Self.files.contains("quickstart.yaml")) }

  @Test func unknownOptionsOfPluginsAreErrors() throws {
    let recipe = try Recipe(yaml: "objective: {kind: flow, options: {times: uniform, x: 1}}", source: "test")
    #expect { try Components(recipe: recipe) } throws: {
      "\($0)".contains("objective \"flow\" has no option \"x\"")
    }
  }
}
