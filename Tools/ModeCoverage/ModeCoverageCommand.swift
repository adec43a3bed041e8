import ArgumentParser
import Foundation
import ModeCoverage
import Sfumato

/// Trains GANs on data of known modes and tells how many they have found.
@main
struct ModeCoverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mode-coverage",
    abstract: "Trains GANs on data of known modes and prints how many of them they find.",
    discussion: """
      gaussians is the mixture of 25 Gaussians in the plane, digits three digits in the three colours of an image, 1,000 modes.

        swift run -c release mode-coverage gaussians --seeds 1,2,3
      """)

  enum Trial: String, ExpressibleByArgument, CaseIterable {
    case gaussians, digits

    var made: any CoverageTrial {
      switch self {
      case .gaussians: GaussianMixture()
      case .digits: StackedDigits()
      }
    }
  }

  @Argument(help: "gaussians or digits.")
  var trial: Trial

  @Option(
    help: ArgumentHelp("A training run for each; 1,2,3 when left out.", valueName: "n,n,…"),
    transform: numbers)
  var seeds: [Int] = [1, 2, 3]

  @Option(help: "What trains and samples.")
  var backend = "fftw"

  @Option(help: "Examples that the trained generator makes.")
  var count = 25_600

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Change a value of the trial's recipe. Repeatable.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Write an image of what each seed made here, as TRIAL-SEED.png.")
  var out: String?

  func validate() throws {
    guard (1...1_000_000).contains(count) else {
      throw ValidationError("--count is \(count), but must be from 1 to 1000000")
    }
  }

  func run() throws {
    let trial = trial.made
    let device = try Backends.choose(backend).open()
    for seed in seeds {
      let recipe = try Recipe(
        yaml: trial.recipe.yaml(), source: "the trial", overrides: overrides + ["training.seed=\(seed)"])
      let training = try CoverageRun(trial, recipe, on: device)
      let start = Date()
      try training.train { step, metrics in
        let coverage = try trial.coverage(of: training.examples(min(count, 2000)))
        let losses = metrics.values.prefix(4).map { "\($0.name) \(String(format: "%.3f", $0.value))" }
        note(
          "seed \(seed), step \(step), \(Int(Date().timeIntervalSince(start))) s: \(coverage); "
            + losses.joined(separator: ", "))
      }
      let seconds = Int(Date().timeIntervalSince(start))
      let examples = try training.examples(count)
      print("seed \(seed), \(recipe.training.steps) steps in \(seconds) s: \(trial.coverage(of: examples))")
      if let out, let image = trial.image(of: examples) {
        try PosixFileSystem().createDirectories(out)
        try image.writePNG(to: "\(out)/\(recipe.name)-\(seed).png")
      }
    }
  }

  private func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

  private static func numbers(_ text: String) throws -> [Int] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Int(part), number >= 0 else {
        throw ValidationError(
          "--seeds is \"\(text)\", but must be whole numbers with commas between, as 1,2,3")
      }
      return number
    }
  }
}
