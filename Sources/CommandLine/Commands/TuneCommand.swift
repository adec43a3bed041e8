import ArgumentParser
import Sfumato
import SfumatoBenchmark

/// `sfumato tune`
struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Measures how a device computes each layer of a recipe fastest, and shows what was chosen.",
    discussion: """
      Training and sampling do this by themselves before their first step, and remember it; this is for doing it \
      beforehand, and for looking. docs/tuning.md tells what is remembered where.
      """)

  @OptionGroup var subject: BenchRecipe
  @OptionGroup var convolution: ConvolutionOptions
  @OptionGroup var machine: BenchDevice
  @OptionGroup var common: CommonOptions

  func run() throws {
    let recipe = try subject.recipe()
    let device = try machine.choose(orElse: recipe.backend, convolution: convolution.way)
      .reporting().open()
    let tuning = try RecipeTuning(recipe, on: device)
    if common.json {
      return Terminal.jsonLine([
        "backend": .string(tuning.device.backend), "device": .string(tuning.device.name),
        "driver": .string(tuning.device.driver), "recipe": .string(recipe.name),
        "seconds": .number(tuning.seconds), "choices": .object(tuning.choices),
        "pipelines": KernelReport.json(tuning.kernelReports),
      ])
    }
    let rows = tuning.algorithms.sorted { ($0.algorithm, $0.what) < ($1.algorithm, $1.what) }.map {
      [$0.algorithm, $0.what]
    }
    print(Terminal.table([["ALGORITHM", "LAYER"]] + rows))
    if let table = KernelTable.text(tuning.kernelReports) { print("\n" + table) }
    for note in tuning.notes { Terminal.note(note) }
  }
}
