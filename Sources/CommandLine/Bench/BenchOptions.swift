import ArgumentParser
import Sfumato
import SfumatoBenchmark

/// Flags that say whose step is timed.
struct BenchRecipe: ParsableArguments {
  @Option(
    name: .customLong("recipe"),
    help: ArgumentHelp(
      "The recipe; the quickstart's model when left out. Its data are not read.", valueName: "file"))
  var path: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Change a value of the recipe, as in training.batch=64. Repeatable.", valueName: "key=value"))
  var overrides: [String] = []

  /// - Parameter others: changes that other flags stand for, after those of `--set`.
  func recipe(_ others: [String] = []) throws -> Recipe {
    let overrides = overrides + others
    if let path { return try Recipe(path: path, overrides: overrides, note: Terminal.note) }
    return try Recipe(
      yaml: Recipe.benchmark.yaml(), source: "the quickstart's model", overrides: overrides,
      note: Terminal.note)
  }
}

/// Flags that say where it is timed.
struct BenchDevice: ParsableArguments {
  @OptionGroup var options: DeviceOptions

  @Option(help: ArgumentHelp("Threads of the CPU backend; one a core when left out.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is \(threads), but must be from 1 to 1024")
    }
  }

  func choose(orElse fallback: String, convolution: String?) throws -> DeviceChoice {
    try options.choose(orElse: fallback, takesPlugin: true).adjusted(
      threads: threads, convolution: convolution)
  }
}

/// Flags that say what is told of single kernels.
struct BenchProfile: ParsableArguments {
  @Flag(
    name: .customLong("profile"),
    help: "Also say how each operation is computed, and list the longest kernels.")
  var isOn = false

  @Option(
    help: ArgumentHelp(
      "Write one run as a trace for chrome://tracing or ui.perfetto.dev, a lane a thread.", valueName: "file")
  )
  var trace: String?

  var isWanted: Bool { isOn || trace != nil }

  /// A device that also tells of its kernels, where a profile is wanted.
  func reporting(_ choice: DeviceChoice) -> DeviceChoice { isWanted ? choice.reporting() : choice }

  /// Writes the trace where one is asked for.
  func writeTrace(_ run: StepProfile?, title: String) throws {
    guard let trace, let run else { return }
    guard run.isTimed else {
      return Terminal.note("\(trace) is not written: this device gives no times of kernels")
    }
    try PosixFileSystem().publish(Array(run.trace(title: title).line.utf8), to: trace)
  }
}
