import Foundation
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoJSON
import Testing

@testable import SfumatoTraining

@Suite struct RunFolderTests {
  private func withRun(_ body: (RunFolder) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "sfumato-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    let run = RunFolder(path: path)
    #expect(!run.exists && !run.isOccupied)
    try run.create()
    try body(run)
  }

  private func lines(_ run: RunFolder) throws -> [String] {
    try String(contentsOfFile: run.logPath, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func configurationIsKept() throws {
    try withRun { run in
      let recipe = try Recipe(yaml: "name: kept\ntraining: {steps: 7}", source: "test")
      try run.write(configuration: recipe)
      #expect(try run.configuration() == recipe)
      #expect(try run.configuration(overrides: ["training.steps=9"]).training.steps == 9)
      // A run that ended before its first checkpoint has left nothing that must be kept.
      #expect(run.exists && !run.isOccupied)
      try run.checkpoints.save(Checkpoint(step: 1, parts: [:]))
      #expect(run.isOccupied)
    }
  }

  @Test func aResumedLogGoesOnWhereItsStepWas() throws {
    try withRun { run in
      let log = try run.openLog(resumingAt: 0)
      for step in [1, 10, 20, 30] { try log.append(["step": .integer(step), "loss": 0.5]) }
      #expect(try lines(run).count == 4)
      try run.openLog(resumingAt: 20).append(["step": 21])
      #expect(
        try lines(run) == [
          "{\"step\":1,\"loss\":0.5}", "{\"step\":10,\"loss\":0.5}", "{\"step\":20,\"loss\":0.5}",
          "{\"step\":21}",
        ])
      _ = try run.openLog(resumingAt: 0)
      #expect(try lines(run).isEmpty)
    }
  }

  @Test func aTornLineIsDropped() throws {
    try withRun { run in
      try "{\"step\":1}\n{\"step\":2}\n{\"st".write(toFile: run.logPath, atomically: true, encoding: .utf8)
      try run.openLog(resumingAt: 100).append(["step": 101])
      #expect(try lines(run) == ["{\"step\":1}", "{\"step\":2}", "{\"step\":101}"])
    }
  }

  @Test func samplesArePublished() throws {
    try withRun { run in
      let path = try run.write(samplePNG: [1, 2], step: 3)
      #expect(path == run.path + "/samples/step-3.png")
      let bytes = try Data(contentsOf: URL(filePath: path))
      #expect(bytes == Data([1, 2]))
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNamed() {
    #expect { try RunFolder(path: "/proc/nowhere/run").create() } throws: {
      "\($0)".contains("/proc/nowhere")
    }
  }
}
