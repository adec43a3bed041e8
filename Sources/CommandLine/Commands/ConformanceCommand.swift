import ArgumentParser
import Sfumato
import SfumatoConformance
import SfumatoConformanceModels

/// `sfumato conformance`
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Checks that a backend computes what it should, or how fast.",
    discussion: """
      Every operation on many shapes and types is compared with a float64 reference: values, gradients, second \
      gradients, replays, what lies beside the tensors. Ends with exit code 5 when a check fails.
      """)

  enum Mode: String, ExpressibleByArgument, CaseIterable { case test, performance, support }

  @OptionGroup var deviceOptions: DeviceOptions

  @Option(
    name: .customLong("op"), parsing: .singleValue,
    help: ArgumentHelp("Only operations whose names begin so. Repeatable.", valueName: "name"))
  var operations: [String] = []

  @Option(help: "What to do.")
  var mode: Mode = .test

  @Option(
    help: ArgumentHelp("Only values (0), gradients (1) or second gradients (2).", valueName: "n"))
  var order: Int?

  @Option(
    help: ArgumentHelp(
      "Only every M-th check, from the N-th on: some of everything, in that part of the time. Parts 1/M to M/M are "
        + "the whole suite but for its large checks.", valueName: "N/M"))
  var part: SuitePart?

  @Option(help: ArgumentHelp("Also write a report, .md or .json.", valueName: "file"))
  var report: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Run a training step on two backends, compare every value, and name the first node that differs.",
      valueName: "backend"))
  var compare: [String] = []

  @Option(help: ArgumentHelp("With --compare: the recipe; a small U-Net when left out.", valueName: "file"))
  var recipe: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let order, !(0...2).contains(order) {
      throw ValidationError("--order is \(order), but must be 0, 1 or 2")
    }
    if !compare.isEmpty, compare.count != 2 {
      throw ValidationError(
        "--compare takes two backends, such as `--compare fftw vulkan`; found \(compare.count)")
    }
    if recipe != nil, compare.isEmpty { throw ValidationError("--recipe goes with --compare only") }
    if let report {
      if !report.hasSuffix(".md"), !report.hasSuffix(".json") {
        throw ValidationError("--report is '\(report)', but must end in .md or .json")
      }
      if mode != .test || !compare.isEmpty { throw ValidationError("--report goes with --mode test only") }
    }
    if part != nil, mode != .test { throw ValidationError("--part goes with --mode test only") }
    if order != nil, mode != .test { throw ValidationError("--order goes with --mode test only") }
  }

  func run() throws {
    if !compare.isEmpty {
      deviceOptions.plugins.load()
      return try BackendComparison(compare, recipe: recipe).report(asJSON: common.json)
    }
    let known = try ConformanceSuite.everything().operations
    for name in operations where !known.contains(where: { $0.hasPrefix(name) }) {
      throw RegistryError.unknownName(kind: "operation", name: name, known: known)
    }
    let device = try deviceOptions.choose(orElse: "auto", takesPlugin: true).open()
    switch mode {
    case .test: try test(device)
    case .performance: try PerformanceReport(operations, on: device).report(asJSON: common.json)
    case .support: SupportReport(operations, on: device).report(asJSON: common.json)
    }
  }

  private func test(_ device: any Device) throws {
    var suite = try ConformanceSuite.everything().operations(operations)
    if let order { suite = suite.filter { $0.order == order } }
    if let part { suite = suite.part(part.number - 1, of: part.count) }
    // The reference against itself on a hundred megabytes tells nothing that it does not on a hundred bytes.
    if device.info.kind == .reference { suite = suite.filter { !$0.test.isLarge } }
    Signals.watchForInterruption()
    let run = SuiteRun(suite, on: device, asJSON: common.json, style: TerminalStyle(common.color))
    let found = try run.carryOut()
    if let report {
      let text = report.hasSuffix(".md") ? found.markdown : JSONValue.object(found.json).document
      try PosixFileSystem().publish(Array(text.utf8), to: report)
    }
    if Signals.interruption.isRequested { throw CommandEnd(code: .interrupted) }
    if !found.problems.isEmpty { throw CommandEnd(code: .divergence) }
  }
}
