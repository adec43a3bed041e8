import Foundation
import Sfumato
import SfumatoBenchmark
import SfumatoFFTWBackend
import SfumatoPlugin

/// What the C interface costs: a training step of the linked CPU backend and of one in a shared library, in turns.
struct PluginBenchmark {
  let library: String
  let recipe: String
  let rounds = 15

  func run() throws {
    let components = try Components(recipe: Recipe(path: recipe))
    let plugin = PluginBackend(
      try PluginLibrary(path: library), options: .init(fallback: { try FFTWBackend().openCPU() }))
    let linked = try FFTWBackend().open(0), device = try plugin.open(0)
    let ours = try TrainingStep(TrainingPlan(components, device: linked), device: linked)
    let theirs = try TrainingStep(TrainingPlan(components, device: device), device: device)
    for note in theirs.notes { print(note) }
    let batch = Batch(syntheticFor: components, step: 1)
    var times: (linked: [Double], plugin: [Double]) = ([], [])
    for round in -2..<rounds {
      let a = try seconds(of: ours, round + 3, batch), b = try seconds(of: theirs, round + 3, batch)
      if round >= 0 {
        times.linked.append(a)
        times.plugin.append(b)
      }
    }
    let ratios = zip(times.plugin, times.linked).map(/).sorted()
    print(
      String(
        format: "linked: median %.1f ms; %@: median %.1f ms; ratio in turns: median %.3f (%.3f to %.3f)",
        1e3 * TimeSamples(times.linked).median, plugin.name, 1e3 * TimeSamples(times.plugin).median,
        TimeSamples(ratios).median, ratios[ratios.count / 4], ratios[ratios.count * 3 / 4]))
  }

  /// Wall-clock time of one step with its loss, for which it waits.
  private func seconds(of step: TrainingStep, _ number: Int, _ batch: Batch) throws -> Double {
    try TimeSamples(1) {
      try step.run(step: number, batch)
      _ = try step.metrics()
    }.median
  }
}
