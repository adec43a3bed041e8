import Foundation
import Sfumato
import SfumatoBackend
import SfumatoCheckpoint
import SfumatoCompiler
import SfumatoConfiguration
import SfumatoGraph
import SfumatoJSON
import SfumatoOracle
import SfumatoTraining
import Testing
import TrainingSupport

@Suite struct TrainerTests {
  /// The devices that training is tested on: the reference, the CPU, and Vulkan where there is a device.
  static let devices: [DeviceInfo] = Backends.registry.all.flatMap {
    (try? $0.backend.devices().prefix(1)) ?? []
  }

  private func open(_ device: DeviceInfo) throws -> any Device {
    try Backends.registry.entry(device.backend).backend.open(device.index)
  }

  /// 2N steps are N, a resume and N more: to the last bit of weights, averages, optimizer and log.
  @Test(arguments: devices, [1, 3])
  func resumeIsTheSameRun(info: DeviceInfo, steps: Int) throws {
    let device = try open(info)
    let whole = try TinyRun(), halves = try TinyRun()
    defer { [whole, halves].forEach { $0.remove() } }
    try whole.trainer(TinyRun.recipe { $0.training.steps = 2 * steps }, on: device).run()
    try halves.trainer(TinyRun.recipe { $0.training.steps = steps }, on: device).run()
    let resumed = try halves.trainer(
      TinyRun.recipe { $0.training.steps = 2 * steps }, on: device, resume: true)
    #expect(resumed.firstStep == steps)
    try resumed.run()
    #expect(try whole.files(step: 2 * steps) == halves.files(step: 2 * steps))
    #expect(try whole.files(step: 2 * steps).count == 3)
    #expect(try whole.log() == halves.log())
  }

  @Test(arguments: devices) func microBatchesGiveTheSameStep(info: DeviceInfo) throws {
    let device = try open(info)
    let whole = try TinyRun(), cut = try TinyRun()
    defer { [whole, cut].forEach { $0.remove() } }
    func weights(_ run: TinyRun, micro: Int?) throws -> [Float] {
      try run.trainer(
        TinyRun.recipe {
          $0.training.microBatch = micro
          $0.training.steps = 2
        }, on: device
      ).run()
      let checkpoint = try run.folder.checkpoints.load(step: 2)
      return checkpoint.parts["model"]?.tensors.flatMap { $0.floats ?? [] } ?? []
    }
    let a = try weights(whole, micro: nil), b = try weights(cut, micro: 2)
    let difference = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let magnitude = a.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(!a.isEmpty && difference <= 1e-9 * magnitude)
  }

  @Test func interruptionSavesAndStops() throws {
    let run = try TinyRun()
    defer { run.remove() }
    final class StopAtTwo: TrainingObserver {
      let interruption = Interruption()
      func observe(_ event: TrainingEvent) {
        if case .stepped(step: 2) = event { interruption.request() }
      }
    }
    let observer = StopAtTwo()
    let isDone = try run.trainer(TinyRun.recipe(), on: OracleBackend().open(0)).run(
      observers: [observer], interruption: observer.interruption)
    #expect(!isDone)
    #expect(try run.folder.checkpoints.latest() == 2)
  }

  @Test func divergenceIsSeenAndNotSaved() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let recipe = TinyRun.recipe {
      $0.optimizer.learningRate = 1e30
      $0.optimizer.gradientClip = 0
      $0.optimizer.warmupSteps = 0
      $0.optimizer.options["weight_decay"] = 10
      $0.training.steps = 30
    }
    #expect {
      try run.trainer(recipe, on: OracleBackend().open(0)).run()
    } throws: { error in
      guard let error = error as? TrainingError, case .diverged = error else { return false }
      return error.exitCode == .divergence
    }
    #expect(throws: CheckpointError.self) { try run.folder.checkpoints.latest() }
  }

  @Test func aChangedModelIsRefused() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let device = try OracleBackend().open(0)
    try run.trainer(TinyRun.recipe { $0.training.steps = 1 }, on: device).run()
    #expect {
      _ = try run.trainer(
        TinyRun.recipe { $0.model.options["block_out_channels"] = [4, 12] }, on: device, resume: true)
    } throws: { error in
      "\(error)".contains("configuration.block_out_channels is [4,8]") && "\(error)".contains("[4,12]")
    }
  }

  @Test func aRunIsNotOverwritten() throws {
    let run = try TinyRun()
    defer { run.remove() }
    let device = try OracleBackend().open(0)
    try run.trainer(TinyRun.recipe { $0.training.steps = 1 }, on: device).run()
    #expect(throws: TrainingError.occupied(path: run.folder.path)) {
      try run.trainer(TinyRun.recipe(), on: device)
    }
  }

  @Test func writesWhatARunFolderHolds() throws {
    let run = try TinyRun()
    defer { run.remove() }
    try run.trainer(
      TinyRun.recipe {
        $0.training.steps = 4
        $0.training.checkpointEvery = 1
        $0.training.keepCheckpoints = 2
        $0.training.sampleEvery = 2
      }, on: OracleBackend().open(0)
    ).run()
    #expect(try run.folder.checkpoints.steps() == [3, 4])
    #expect(FileManager.default.fileExists(atPath: run.folder.samplePath(step: 2)))
    #expect(try run.folder.configuration().training.steps == 4)
    let first = try JSONValue(parsing: try run.log()[0] + "\"end\":0}")
    #expect(first["step"]?.integer == 1 && first["images"]?.integer == 4 && (first["loss"]?.number ?? 0) > 0)
  }

  /// Grids of every so many steps and of the last one, or none at all.
  @Test(arguments: [(0, []), (2, [2, 3]), (5, [3])]) func samplesWhenAskedTo(period: Int, steps: [Int]) throws
  {
    let run = try TinyRun()
    defer { run.remove() }
    try run.trainer(
      TinyRun.recipe {
        $0.training.steps = 3
        $0.training.sampleEvery = period
      }, on: OracleBackend().open(0)
    ).run()
    let files = try FileManager.default.contentsOfDirectory(atPath: run.folder.samplesPath).sorted()
    #expect(files == steps.map { "step-\($0).png" })
  }

  @Test func tooLittleMemoryIsRefusedWithARemedy() throws {
    let recipe = TinyRun.recipe { $0.training.batch = 64 }
    let plan = try TrainingPlan(Components(recipe: recipe), device: OracleBackend().open(0))
    let device = try SmallDevice(memory: plan.stateByteCount + plan.arenaByteCount / 3)
    let run = try TinyRun()
    defer { run.remove() }
    #expect {
      _ = try run.trainer(recipe, on: device)
    } throws: { error in
      "\(error)".contains("needs") && "\(error)".contains("set training.micro_batch to 16")
    }
  }
}

/// The oracle, pretending to have little memory.
private final class SmallDevice: Device {
  let base: any Device
  let memory: Int
  init(memory: Int) throws {
    self.memory = memory
    base = try OracleBackend().open(0)
  }
  var info: DeviceInfo {
    DeviceInfo(backend: "oracle", index: 0, name: "small", kind: .reference, driver: "", memory: memory)
  }
  func makeState(_ slots: [StateSlot]) throws -> any StateStore { try base.makeState(slots) }
  func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    try base.makeStep(planned, state: state)
  }
  func supports(_ region: Region) -> Bool { base.supports(region) }
}
