import Foundation
import Sfumato
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoTraining
import Testing
import TrainingSupport

/// Runs of EDM2's network with EDM2's objective: parameters that keep to a constraint, and some that belong to the objective.
@Suite struct EDM2TrainingTests {
  private static func recipe(_ change: (inout Recipe) -> Void) -> Recipe {
    TinyRun.recipe { recipe in
      recipe.model = ModelRecipe()
      recipe.model.kind = "edm2"
      recipe.model.options = [
        "width": 4, "multipliers": [1, 2], "attention_levels": [1], "head_channels": 4,
      ]
      recipe.objective.kind = "edm2"
      recipe.data.label = "subgroup"
      recipe.data.filter = ["subgroup": "face-smiling|face-affection"]
      recipe.optimizer.learningRate = 0.05
      recipe.optimizer.warmupSteps = 0
      recipe.training.steps = 4
      change(&recipe)
    }
  }

  private func weights(_ run: TinyRun, step: Int, part: String = "model") throws -> [String: StoredTensor] {
    let tensors = try run.folder.checkpoints.load(step: step).parts[part]?.tensors ?? []
    return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  /// Whether the step is done at once or in parts, rows have magnitude 1 in what a checkpoint keeps.
  @Test(arguments: [nil, 2]) func weightsKeepTheirMagnitude(microBatch: Int?) throws {
    let run = try TinyRun()
    defer { run.remove() }
    try run.trainer(
      Self.recipe { $0.training.microBatch = microBatch }, on: Backends.registry.entry("fftw").backend.open(0)
    ).run()
    let stored = try weights(run, step: 4)
    #expect(stored["objective.log_variance.weight"]?.shape == [1, 128])
    #expect(stored["class_embedding.weight"]?.shape == [8, 3])
    for (name, tensor) in stored where name.hasSuffix(".weight") {
      let values = try #require(tensor.floats), size = values.count / tensor.shape[0]
      for row in 0..<tensor.shape[0] {
        let squares = values[row * size..<(row + 1) * size].reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs((squares / Double(size)).squareRoot() - 1) < 1e-3, "\(name), row \(row)")
      }
    }
    let gains = stored.filter { $0.key.hasSuffix(".gain") }
    #expect(gains.count > 5 && gains.values.allSatisfy { $0.floats?.first != 0 })
  }

  /// A resumed run is the same one, and its averages generate images.
  @Test func resumesAndGenerates() throws {
    let whole = try TinyRun(), halves = try TinyRun()
    defer { [whole, halves].forEach { $0.remove() } }
    let device = try Backends.registry.entry("fftw").backend.open(0)
    try whole.trainer(Self.recipe { _ in }, on: device).run()
    try halves.trainer(Self.recipe { $0.training.steps = 2 }, on: device).run()
    try halves.trainer(Self.recipe { _ in }, on: device, resume: true).run()
    #expect(try whole.files(step: 4) == halves.files(step: 4))
    let first = try weights(halves, step: 2), last = try weights(whole, step: 4)
    for name in ["objective.log_variance.weight", "class_embedding.weight", "conv_in.weight"] {
      #expect(first[name]?.bytes != last[name]?.bytes, "\(name)")
    }
    for name in ["objective.log_variance.phases", "noise_fourier.frequencies"] {
      #expect(first[name] != nil && first[name]?.bytes == last[name]?.bytes, "\(name)")
    }
    let generator = try Generator.open(whole.folder.path, device: device).generator
    let request = try SamplingRequest(
      recipe: Self.recipe { _ in }, conditions: generator.components.conditions)
    #expect(try generator.images(request).count == 2)
  }
}
