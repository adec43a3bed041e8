import Foundation
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoOracle
import SfumatoRegistry
import SfumatoTraining
import Testing
import TrainingSupport

/// Those who listen to a run.
@Suite struct ObserverTests {
  private struct Failure: Error, CustomStringConvertible { let description: String }

  /// Fails whenever it can.
  private final class Broken: TrainingObserver {
    let name = "a broken one"
    let period = 2
    func observe(_ event: TrainingEvent) throws { throw Failure(description: "it cannot hear") }
    func observe(step: Int, of run: ObservedRun) throws { throw Failure(description: "it cannot act") }
  }

  private final class Listener: TrainingObserver {
    let period: Int
    private(set) var steps: [Int] = []
    private(set) var notes: [String] = []

    init(every period: Int) { self.period = period }

    func observe(_ event: TrainingEvent) { if case .note(let text) = event { notes.append(text) } }
    func observe(step: Int, of run: ObservedRun) throws {
      let request = try SamplingRequest(recipe: run.recipe, conditions: run.conditions)
      #expect(try run.images(request).count == run.recipe.sampling.count)
      steps.append(step)
    }
  }

  private func recipe(steps: Int = 5) -> Recipe {
    TinyRun.recipe {
      $0.training.steps = steps
      $0.training.logEvery = 1
      $0.training.sampleEvery = 0
      $0.training.checkpointEvery = 2
      $0.sampling.count = 1
    }
  }

  private func weights(_ run: TinyRun) throws -> [UInt8] {
    let path = run.folder.checkpoints.path(step: try run.folder.checkpoints.latest())
    return Array(try Data(contentsOf: URL(fileURLWithPath: path + "/model.safetensors")))
  }

  @Test func aBrokenOneCostsNothing() throws {
    let alone = try TinyRun(), watched = try TinyRun()
    defer {
      alone.remove()
      watched.remove()
    }
    try alone.trainer(recipe(), on: OracleBackend().open(0)).run()
    let listener = Listener(every: 3)
    #expect(
      try watched.trainer(recipe(), on: OracleBackend().open(0)).run(observers: [Broken(), listener]))
    #expect(try weights(watched) == weights(alone))
    #expect(try watched.folder.checkpoints.steps() == alone.folder.checkpoints.steps())
    // Where its turn comes, and behind the last step.
    #expect(listener.steps == [3, 5])
    let said = listener.notes.filter { $0.contains("a broken one") }
    #expect(
      said == [
        "a broken one failed: it cannot hear; the run goes on",
        "a broken one failed behind step 2: it cannot act; the run goes on",
        "a broken one failed behind step 4: it cannot act; the run goes on",
        "a broken one failed behind step 5: it cannot act; the run goes on",
      ], "\(listener.notes)")
  }

  /// A run in two halves leaves the table of one in a piece, whatever a killed one wrote behind its checkpoint.
  @Test func theTableGoesOnWhereTheRunDoes() throws {
    let whole = try TinyRun(), halves = try TinyRun()
    defer {
      whole.remove()
      halves.remove()
    }
    var recipe = recipe(steps: 4)
    recipe.observers = ["csv": [:]]
    func steps(_ run: TinyRun) throws -> [Substring] {
      let text = try String(contentsOfFile: run.folder.path + "/metrics.csv", encoding: .utf8)
      let lines = text.split(separator: "\n")
      #expect(lines.first?.hasPrefix("step,images,loss,") == true)
      return lines.dropFirst().map { $0.prefix { $0 != "," } }
    }
    try whole.trainer(recipe, on: OracleBackend().open(0)).run()
    #expect(try steps(whole) == ["1", "2", "3", "4"])
    var half = recipe
    half.training.steps = 2
    try halves.trainer(half, on: OracleBackend().open(0)).run()
    let path = halves.folder.path + "/metrics.csv"
    let beyond = try String(contentsOfFile: path, encoding: .utf8) + "3,9,9\n"
    try beyond.write(toFile: path, atomically: true, encoding: .utf8)
    try halves.trainer(recipe, on: OracleBackend().open(0), resume: true).run()
    #expect(try steps(halves) == ["1", "2", "3", "4"])
  }

  @Test func unknownOnesAreRefused() throws {
    var recipe = recipe()
    recipe.observers = ["cvs": [:]]
    let error = #expect(throws: RegistryError.self) { try Components(recipe: recipe) }
    #expect(error?.description.hasPrefix("there is no observer \"cvs\"; did you mean \"csv\"?") == true)
    recipe.observers = ["csv": ["every": 3]]
    #expect(throws: RegistryError.self) { try Components(recipe: recipe) }
  }
}
