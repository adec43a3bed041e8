import Foundation
import SfumatoBackend
import SfumatoConfiguration
import SfumatoConformanceModels
import SfumatoDatasets
import SfumatoTraining

/// A training run that is small enough for the oracle: 8×8 emoji faces, a U-Net of two levels.
public struct TinyRun {
  public let folder: RunFolder

  /// A new, empty folder.
  public init() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sfumato-\(UUID().uuidString)")
      .path
    folder = RunFolder(path: path)
  }

  public static let emoji = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Samples/data/emoji-32.tar").standardized.path

  public static func recipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var recipe = Recipe()
    recipe.data.path = emoji
    recipe.data.resolution = 8
    recipe.data.filter = ["subgroup": "face-smiling"]
    recipe.model = TracedStep.smallRecipe.model
    recipe.training.batch = 4
    recipe.training.steps = 6
    recipe.training.seed = 7
    recipe.training.logEvery = 1
    recipe.training.sampleEvery = 0
    recipe.training.checkpointEvery = 0
    recipe.optimizer.warmupSteps = 2
    recipe.sampling.count = 2
    recipe.sampling.steps = 2
    change(&recipe)
    return recipe
  }

  /// An R3GAN of two stages on the same images.
  public static func adversarialRecipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    recipe { recipe in
      recipe.model = ModelRecipe()
      recipe.model.kind = "r3gan"
      recipe.model.options = ["width": 4, "max_width": 8, "blocks": 1, "group_channels": 4, "latent_size": 4]
      recipe.objective.kind = "r3gan"
      recipe.optimizer.kind = "adam"
      recipe.optimizer.options = ["beta1": 0, "beta2": 0.9]
      recipe.optimizer.gradientClip = 0
      recipe.optimizer.warmupSteps = 0
      recipe.sampling.steps = nil
      change(&recipe)
    }
  }

  public func trainer(
    _ recipe: Recipe, on device: any Device, resume: Bool = false,
    reopen: (() throws -> any Device)? = nil
  ) throws -> Trainer {
    try Trainer(
      recipe: recipe, dataset: .open(recipe.data), device: device, deviceReason: "a test", folder: folder,
      resume: resume, reopen: reopen)
  }

  /// The files of the checkpoint of `step`, by name.
  public func files(step: Int) throws -> [String: Data] {
    let path = folder.checkpoints.path(step: step)
    let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
      $0.hasSuffix(".safetensors")
    }
    return Dictionary(
      uniqueKeysWithValues: try names.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)))
      })
  }

  /// The lines of the log without what depends on time.
  public func log() throws -> [String] {
    try String(contentsOfFile: folder.logPath, encoding: .utf8).split(separator: "\n").map { line in
      String(line.prefix(upTo: line.range(of: "\"images_per_second\"")?.lowerBound ?? line.endIndex))
    }
  }

  public func remove() { try? FileManager.default.removeItem(atPath: folder.path) }
}
