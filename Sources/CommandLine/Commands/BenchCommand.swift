import ArgumentParser
import Sfumato
import SfumatoBenchmark

/// `sfumato bench`
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times training, sampling or single operations on this machine.",
    discussion: """
      Everything is warmed up first, on a GPU until its clock is up. Times are medians, with the fastest and the slowest behind them; GFLOP/s count \
      two operations for each multiply-add of a convolution or matrix product as it is written down, however it is \
      computed. With --json, one object that docs/bench.md explains.
      """,
    subcommands: [BenchTrain.self, BenchSample.self, BenchOps.self])
}

/// `sfumato bench train`
struct BenchTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Times a recipe's training step on synthetic images.")

  @OptionGroup var subject: BenchRecipe

  @Option(help: ArgumentHelp("Steps that are timed.", valueName: "n"))
  var steps = 10

  @Option(
    help: ArgumentHelp(
      "What the network's values are stored as, f32, bf16 or f16; as the recipe says when left out.",
      valueName: "type"))
  var precision: String?

  @OptionGroup var profile: BenchProfile
  @OptionGroup var convolution: ConvolutionOptions
  @OptionGroup var machine: BenchDevice
  @OptionGroup var common: CommonOptions

  func validate() throws { try atLeastOne("--steps", steps) }

  func run() throws {
    let recipe = try subject.recipe(precision.map { ["training.precision=\($0)"] } ?? [])
    let choice = try machine.choose(orElse: recipe.backend, convolution: convolution.way)
    let device = try profile.reporting(choice).open()
    let result = try TrainingBenchmark(recipe, steps: steps).run(
      on: device, profileIsWanted: profile.isWanted)
    try profile.writeTrace(result.profiledRun, title: "training step of \(recipe.name)")
    if common.json { return Terminal.jsonLine(result.json(isDetailed: profile.isOn)) }
    print(BenchReport.text(result, isDetailed: profile.isOn))
  }
}

/// `sfumato bench sample`
struct BenchSample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Times generating images with a recipe's model, untrained.")

  @OptionGroup var subject: BenchRecipe

  @Option(help: ArgumentHelp("Images to generate.", valueName: "n"))
  var count = 64

  @Option(help: ArgumentHelp("Images generated at once.", valueName: "n"))
  var batch = 64

  @Option(help: ArgumentHelp("A sampler; the recipe's when left out.", valueName: "name"))
  var sampler: String?

  @Option(help: ArgumentHelp("Steps of the sampler.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("How often all of them are generated.", valueName: "n"))
  var rounds = 3

  @OptionGroup var profile: BenchProfile
  @OptionGroup var convolution: ConvolutionOptions
  @OptionGroup var machine: BenchDevice
  @OptionGroup var common: CommonOptions

  func validate() throws {
    try atLeastOne("--count", count)
    try atLeastOne("--batch", batch)
    try atLeastOne("--rounds", rounds)
  }

  func run() throws {
    var recipe = try subject.recipe()
    if let sampler { recipe.sampling.sampler = sampler }
    if let steps { recipe.sampling.steps = steps }
    let benchmark = try SamplingBenchmark(recipe, count: count, batch: batch, rounds: rounds)
    let choice = try machine.choose(orElse: recipe.backend, convolution: convolution.way)
    let device = try profile.reporting(choice).open()
    let result = try benchmark.run(on: device, profileIsWanted: profile.isWanted)
    try profile.writeTrace(result.profiledRun, title: "one evaluation of \(recipe.name)")
    if common.json { return Terminal.jsonLine(result.json(isDetailed: profile.isOn)) }
    print(BenchReport.text(result, isDetailed: profile.isOn))
  }
}

/// `sfumato bench ops`
struct BenchOps: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops",
    abstract: "Times convolution layers, each by every algorithm that the backend has, and other operations.",
    discussion: """
      A layer is CHANNELS@SIZE or IN-OUT@SIZE, with kK for K×K taps and sS for a stride behind it: 64@32, 64-128@16k1, \
      128@32k3s2.
      """)

  @Option(
    help: ArgumentHelp(
      "Layers with commas between; 64, 128 and 256 channels at 32, 16 and 8 when left out.", valueName: "list"
    ))
  var layers: String?

  @Option(
    help: ArgumentHelp(
      "Matrix products ROWSxINNERxCOLUMNS with commas between; those of small models when left out.",
      valueName: "list"))
  var products: String?

  @Option(help: ArgumentHelp("Images in a run.", valueName: "n"))
  var batch = 32

  @Option(
    name: .customLong("op"), parsing: .singleValue,
    help: ArgumentHelp("Only operations whose names begin so. Repeatable.", valueName: "name"))
  var operations: [String] = []

  @Option(help: ArgumentHelp("How often each is timed.", valueName: "n"))
  var steps = 5

  @Option(help: ArgumentHelp("What values are stored as, f32, bf16 or f16.", valueName: "type"))
  var precision = "f32"

  @Flag(help: "Also compare convolutions of one image with float64.")
  var errors = false

  @OptionGroup var convolution: ConvolutionOptions
  @OptionGroup var machine: BenchDevice
  @OptionGroup var common: CommonOptions

  func validate() throws {
    try atLeastOne("--batch", batch)
    try atLeastOne("--steps", steps)
    if !DType.floats.contains(where: { $0.rawValue == precision }) {
      throw ValidationError("--precision is '\(precision)', but must be f32, bf16 or f16")
    }
  }

  func run() throws {
    let layers = try layers.map { list in
      try list.split(separator: ",", omittingEmptySubsequences: false).map {
        try ConvolutionLayer(parsing: String($0))
      }
    }
    let products = try products.map { list in
      try list.split(separator: ",", omittingEmptySubsequences: false).map {
        try ProductSize(parsing: String($0))
      }
    }
    let choice = try machine.choose(orElse: "auto", convolution: convolution.way)
    let benchmark = try OperationBenchmark(
      choice.backend, device: choice.device.index, layers: layers ?? ConvolutionLayer.usual,
      products: products, batch: batch,
      precision: DType(rawValue: precision) ?? .f32, operations: operations, samples: steps,
      measuresErrors: errors)
    let display = ProgressDisplay(
      ProgressBar(title: "bench", total: benchmark.count, unit: "operation"),
      style: TerminalStyle(common.color))
    var done = 0
    let results = try benchmark.run { result in
      done += 1
      if !common.json { display.update(done, postfix: "\(result.operation) \(result.detail)") }
    }
    if common.json { return Terminal.jsonLine(benchmark.json(results)) }
    display.finish(done)
    print(BenchReport.text(results, benchmark))
  }
}

/// Throws unless the number of a flag is at least 1.
private func atLeastOne(_ flag: String, _ value: Int) throws {
  if value < 1 { throw ValidationError("\(flag) is \(value), but must be at least 1") }
}
