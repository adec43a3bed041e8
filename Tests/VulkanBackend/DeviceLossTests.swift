import CVulkan
import Foundation
import SfumatoBackend
import SfumatoConfiguration
import SfumatoDiagnostics
import SfumatoTraining
import Testing
import TrainingSupport

@testable import SfumatoVulkanBackend

/// A training run whose device is lost at calls spread over it.
extension FaultSweepTests {
  private static func recipe() -> Recipe {
    TinyRun.recipe {
      $0.training.steps = 5
      $0.training.checkpointEvery = 2
      $0.training.keepCheckpoints = 9
      $0.training.sampleEvery = 4
    }
  }

  private final class Notes: TrainingObserver {
    var notes: [String] = []
    var checkpoints: [Int] = []
    func observe(_ event: TrainingEvent) {
      if case .note(let text) = event { notes.append(text) }
      if case .checkpointSaved(let step, _) = event { checkpoints.append(step) }
    }
  }

  /// What a run leaves behind.
  private struct Remains: Equatable {
    var files: [[String: Data]]
    var log: [String]
    var sample: Data?

    init(_ run: TinyRun) throws {
      files = try [2, 4, 5].map { try run.files(step: $0) }
      log = try run.log()
      sample = FileManager.default.contents(atPath: run.folder.samplePath(step: 4))
    }
  }

  /// The first device, of which the calls numbered `failing` fail from this opening on.
  private func open(failing call: Int, _ result: VkResult) throws -> VulkanDevice {
    let device = try VulkanBackend(validation: false).openVulkan(0)
    device.logical.functions = Failing.wrap(device.logical.functions)
    (Failing.calls, Failing.failingCall, Failing.result) = (0, call, result)
    return device
  }

  /// How many calls a run makes, and what it leaves.
  private func whole() throws -> (calls: Int, remains: Remains) {
    let run = try TinyRun()
    defer { run.remove() }
    try run.trainer(Self.recipe(), on: open(failing: 0, VK_SUCCESS)).run()
    return (Failing.calls, try Remains(run))
  }

  @Test func aLostDeviceIsOpenedAgain() throws {
    guard try testDevice() != nil else { return }
    let (calls, expected) = try whole()
    #expect(calls > 500)
    let points = 7
    var origins: Set<String> = []
    for point in 0..<points {
      let call = 1 + (calls - 1) * point / (points - 1)
      let run = try TinyRun(), notes = Notes()
      defer { run.remove() }
      var reopened = 0
      let trainer = try run.trainer(
        Self.recipe(), on: open(failing: call, VK_ERROR_DEVICE_LOST),
        reopen: {
          reopened += 1
          return try self.open(failing: 0, VK_SUCCESS)
        })
      #expect(try trainer.run(observers: [notes]), "call \(call) of \(calls)")
      #expect(reopened == 1, "call \(call), \(Failing.name)")
      let same = try Remains(run) == expected
      #expect(same, "call \(call), \(Failing.name)")
      // What is lost before the run began has nothing to go on from.
      #expect(notes.notes.count < 2)
      if let note = notes.notes.first {
        #expect(note.contains("the device was lost in \(Failing.name)") && !note.contains("\n"), "\(note)")
        origins.insert(note.hasSuffix("its first step") ? "start" : "checkpoint")
      }
    }
    #expect(origins == ["start", "checkpoint"])
  }

  /// A device that is lost again right away ends the run; one that is lost after another checkpoint does not.
  @Test func aSecondLossCountsFromTheLastCheckpoint() throws {
    guard try testDevice() != nil else { return }
    let (calls, expected) = try whole()
    // While the state is taken up again, and later.
    for again in [600, calls * 2 / 5] {
      let run = try TinyRun()
      defer { run.remove() }
      let trainer = try run.trainer(
        Self.recipe(), on: open(failing: calls - 20, VK_ERROR_DEVICE_LOST),
        reopen: { try self.open(failing: again, VK_ERROR_DEVICE_LOST) })
      var found: TrainingError?
      do { try trainer.run() } catch let error as TrainingError { found = error }
      let error = try #require(found)
      #expect(error.exitCode == .device)
      #expect("\(error)".contains("the device was lost in") && "\(error)".contains("/step-4"), "\(error)")
      // Nothing that was saved is harmed: a resumed run ends as an undisturbed one.
      #expect(try run.trainer(Self.recipe(), on: open(failing: 0, VK_SUCCESS), resume: true).run())
      let same = try Remains(run) == expected
      #expect(same)
    }

    let other = try TinyRun(), notes = Notes()
    defer { other.remove() }
    var opened = 0
    // Lost in step 3 or so, and again near the end.
    let hardy = try other.trainer(
      Self.recipe(), on: open(failing: calls * 55 / 100, VK_ERROR_DEVICE_LOST),
      reopen: {
        opened += 1
        return try self.open(failing: opened == 1 ? calls - 40 : 0, VK_ERROR_DEVICE_LOST)
      })
    #expect(try hardy.run(observers: [notes]))
    #expect(opened == 2 || notes.notes.count == 1, "\(opened) times: \(notes.notes)")
    let unharmed = try Remains(other) == expected
    #expect(unharmed)
  }

  @Test func tooLittleMemoryIsNotTriedAgain() throws {
    guard try testDevice() != nil else { return }
    let (calls, _) = try whole()
    for call in [1, calls / 2, calls] {
      let run = try TinyRun()
      defer { run.remove() }
      var found: VulkanError?
      do {
        try run.trainer(
          Self.recipe(), on: open(failing: call, VK_ERROR_OUT_OF_DEVICE_MEMORY),
          reopen: {
            Issue.record("a device without memory was opened again")
            return try self.open(failing: 0, VK_SUCCESS)
          }
        ).run()
      } catch let error as VulkanError { found = error }
      let error = try #require(found, "call \(call)")
      #expect(error.exitCode == .device && "\(error)".contains("use a smaller batch"), "\(error)")
    }
  }
}
