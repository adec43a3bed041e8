import ArgumentParser
import Foundation
import Sfumato

/// `sfumato train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model as a recipe says.",
    discussion: """
      A recipe is a YAML file; Samples/recipes has commented ones. Flags go before what it says. \
      Ctrl-C saves a checkpoint and ends with exit code 75; --resume goes on from there, to the same bits as \
      an uninterrupted run.
      """)

  @Argument(help: "The recipe; with --resume, the run's folder will do.")
  var recipe: String?

  @Option(help: ArgumentHelp("Folder or archive of images.", valueName: "path"))
  var data: String?

  @OptionGroup var deviceOptions: DeviceOptions
  @OptionGroup var convolution: ConvolutionOptions

  @Option(help: ArgumentHelp("Train up to this step.", valueName: "n"))
  var steps: Int?

  @Option(help: ArgumentHelp("Images in a step.", valueName: "n"))
  var batch: Int?

  @Option(help: ArgumentHelp("All random draws follow from it.", valueName: "n"))
  var seed: Int?

  @Option(
    help: ArgumentHelp(
      "What the network's values are stored as: f32, or bf16 or f16 in half the memory.", valueName: "type"))
  var precision: String?

  @Option(help: ArgumentHelp("The run's folder; runs/NAME when left out.", valueName: "folder"))
  var out: String?

  @Flag(help: "Go on from the newest checkpoint in the run's folder.")
  var resume = false

  @Flag(
    help: ArgumentHelp(
      "Say what a run would take, and stop. Kernels are chosen by a cost model unless --convolution is given."
    ))
  var dryRun = false

  @Option(help: ArgumentHelp("Write the step's optimized programs as text.", valueName: "file"))
  var dumpProgram: String?

  @Flag(help: "With --dry-run or --dump-program: leave the programs as traced, for comparison.")
  var unoptimized = false

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Change a value of the recipe, as in training.batch=64. Repeatable.", valueName: "key=value"))
  var overrides: [String] = []

  @Flag(help: "No progress on standard error.")
  var quiet = false

  @OptionGroup var common: CommonOptions

  mutating func validate() throws {
    // `train --resume runs/emoji` means what it says.
    guard resume, let recipe, RunFolder(path: recipe).exists else { return }
    if let out, out != recipe {
      throw ValidationError("--resume goes on in \(recipe), but --out names \(out): leave --out out")
    }
    (out, self.recipe) = (recipe, nil)
  }

  func run() throws {
    let recipe = try resolvedRecipe()
    let choice = try deviceOptions.choose(orElse: recipe.backend)
    let dataset = try LabelledDataset.open(recipe.data)
    if dryRun || dumpProgram != nil {
      // What is to be measured is not known yet, unless people say what they want.
      let choice =
        convolution.way == nil ? choice : try choice.adjusted(threads: nil, convolution: convolution.way)
      let plan = try plan(recipe, dataset, choice)
      if let dumpProgram { try PosixFileSystem().publish(Array(plan.text.utf8), to: dumpProgram) }
      if dryRun { return try DryRun(plan, choice).report(asJSON: common.json) }
    }
    if unoptimized { throw ValidationError("--unoptimized goes with --dry-run or --dump-program only") }
    let adjusted = try choice.adjusted(threads: nil, convolution: convolution.way)
    let trainer = try Trainer(
      recipe: recipe, dataset: dataset, device: adjusted.open(), deviceReason: choice.reason,
      folder: folder(recipe), resume: resume, reopen: { try adjusted.open() })
    Signals.watchForInterruption()
    let isDone = try trainer.run(observers: [observer], interruption: Signals.interruption)
    if !isDone { throw CommandEnd(code: .interrupted) }
  }

  /// The recipe with what the flags change.
  private func resolvedRecipe() throws -> Recipe {
    var overrides = overrides
    for (key, value) in [("steps", steps), ("batch", batch), ("seed", seed)] {
      if let value { overrides.append("training.\(key)=\(value)") }
    }
    if let precision { overrides.append("training.precision=\(precision)") }
    var resolved: Recipe
    if let recipe {
      resolved = try Recipe(path: recipe, overrides: overrides, note: Terminal.note)
    } else if resume, let out {
      resolved = try RunFolder(path: out).configuration(overrides: overrides)
    } else {
      throw ValidationError("Missing expected argument '<recipe>' (or --resume with --out)")
    }
    if let data { resolved.data.path = data }
    if let backend = deviceOptions.backend { resolved.backend = backend }
    return resolved
  }

  private func plan(_ recipe: Recipe, _ dataset: LabelledDataset, _ choice: DeviceChoice) throws
    -> TrainingPlan
  {
    try TrainingPlan(
      Components(recipe: recipe, dataset: dataset), device: choice.open(), optimize: !unoptimized)
  }

  private func folder(_ recipe: Recipe) -> RunFolder { RunFolder(path: out ?? "runs/\(recipe.name)") }

  private var observer: any TrainingObserver {
    if common.json { return JSONTrainingObserver() }
    return TerminalTrainingObserver(style: TerminalStyle(common.color), isQuiet: quiet)
  }
}
