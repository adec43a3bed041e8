import Foundation
import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoPlugin

/// What the C interface costs: a training step of the linked CPU backend and of one in a shared library, in turns.
struct PluginBenchmark {
  let library: String
  let step: StepBenchmark
  let rounds = 15

  func run() throws {
    let plugin = PluginBackend(
      try PluginLibrary(path: library), options: .init(fallback: { try FFTWBackend().openCPU() }))
    let linked = try FFTWBackend().openCPU()
    let device = try plugin.open(0)
    let ours = try step.prepare(on: linked), theirs = try step.prepare(on: device)
    for note in theirs.step.notes { print(note) }
    var times: (linked: [Double], plugin: [Double]) = ([], [])
    for round in -2..<rounds {
      let a = try seconds(of: ours.step, ours.inputs), b = try seconds(of: theirs.step, theirs.inputs)
      if round >= 0 {
        times.linked.append(a)
        times.plugin.append(b)
      }
    }
    let ratios = zip(times.plugin, times.linked).map(/).sorted()
    print(
      String(
        format: "linked: median %.1f ms; %@: median %.1f ms; ratio in turns: median %.3f (%.3f to %.3f)",
        1e3 * median(times.linked), plugin.name, 1e3 * median(times.plugin), median(ratios),
        ratios[ratios.count / 4], ratios[ratios.count * 3 / 4]))
  }

  /// Wall-clock time of one run with its outputs, for which it waits.
  private func seconds(of step: any Step, _ inputs: [String: HostTensor]) throws -> Double {
    let start = Timing.seconds(CLOCK_MONOTONIC)
    try step.run(inputs)
    _ = try step.outputs()
    return Timing.seconds(CLOCK_MONOTONIC) - start
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
