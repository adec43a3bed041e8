import Foundation
import Sfumato
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoOracle
import SfumatoTraining
import Testing
import TrainingSupport

/// Training with the network's values in 16 bits.
@Suite struct PrecisionTests {
  static let halves = ["bf16", "f16"]

  private func open(_ device: DeviceInfo) throws -> any Device {
    try Backends.registry.entry(device.backend).backend.open(device.index)
  }

  private func recipe(_ precision: String, steps: Int = 4) -> Recipe {
    TinyRun.recipe {
      $0.training.precision = precision
      $0.training.steps = steps
    }
  }

  private func losses(_ precision: String, steps: Int, on device: any Device) throws -> [Double] {
    let run = try TinyRun()
    defer { run.remove() }
    try run.trainer(recipe(precision, steps: steps), on: device).run()
    return try String(contentsOfFile: run.folder.logPath, encoding: .utf8).split(separator: "\n").map {
      try JSONValue(parsing: String($0))["loss"]?.number ?? .nan
    }
  }

  /// The same images, noise and first weights: the loss goes the same way, though not by the same bits.
  @Test(
    .enabled(if: !BackendAgreementTests.infos.isEmpty), arguments: BackendAgreementTests.infos, Self.halves)
  func theLossGoesTheSameWay(info: DeviceInfo, precision: String) throws {
    let device = try open(info)
    guard device.stores(.bf16), device.stores(.f16) else { return }
    let single = try losses("f32", steps: 50, on: device)
    let half = try losses(precision, steps: 50, on: device)
    #expect(single.count == 50 && half.count == 50 && single != half)
    for range in [0..<10, 10..<30, 30..<50] {
      let a = single[range].reduce(0, +), b = half[range].reduce(0, +)
      #expect(abs(a - b) <= 0.03 * a, "steps \(range): \(b) against \(a)")
    }
  }

  @Test(arguments: TrainerTests.devices) func aResumedRunIsTheSame(info: DeviceInfo) throws {
    let device = try open(info)
    guard device.stores(.bf16) else { return }
    let whole = try TinyRun(), halves = try TinyRun()
    defer { [whole, halves].forEach { $0.remove() } }
    try whole.trainer(recipe("bf16"), on: device).run()
    try halves.trainer(recipe("bf16", steps: 2), on: device).run()
    try halves.trainer(recipe("bf16"), on: device, resume: true).run()
    #expect(try whole.files(step: 4) == halves.files(step: 4))
    let checkpoint = try whole.folder.checkpoints.load(step: 4)
    #expect(checkpoint.parts.count == 3)
    #expect(checkpoint.parts.values.allSatisfy { $0.tensors.allSatisfy { $0.type == .f32 } })
  }

  /// Checkpoints are f32, so a run may change its precision: what it has learned stays, and its folder says how it goes on.
  @Test(arguments: [("f32", "bf16"), ("bf16", "f32"), ("f32", "f16"), ("f16", "bf16")])
  func aRunMayGoOnInTheOtherPrecision(first: String, second: String) throws {
    let device = try Backends.registry.entry("fftw").backend.open(0)
    let same = try TinyRun(), other = try TinyRun(), again = try TinyRun()
    defer { [same, other, again].forEach { $0.remove() } }
    for run in [same, other, again] { try run.trainer(recipe(first, steps: 2), on: device).run() }
    #expect(try other.folder.configuration().training.precision == first)
    try same.trainer(recipe(first), on: device, resume: true).run()
    for run in [other, again] {
      let trainer = try run.trainer(recipe(second), on: device, resume: true)
      #expect(trainer.firstStep == 2)
      try trainer.run()
    }
    #expect(try other.folder.configuration().training.precision == second)
    #expect(try same.files(step: 2) == other.files(step: 2))
    #expect(try other.files(step: 4) == again.files(step: 4))
    #expect(try other.files(step: 4) != same.files(step: 4))
  }

  /// Steps that f16 skipped stay skipped in the learning rate of what follows.
  @Test func aRunThatSkippedGoesOnInTheOtherPrecision() throws {
    let device = try Backends.registry.entry("fftw").backend.open(0)
    let run = try TinyRun()
    defer { run.remove() }
    func train(_ precision: String, steps: Int, scale: Int, resume: Bool = true) throws {
      var recipe = recipe(precision, steps: steps)
      recipe.optimizer.warmupSteps = 100
      recipe.training.lossScale.initial = scale
      recipe.training.lossScale.maximum = 1 << 40
      try run.trainer(recipe, on: device, resume: resume).run()
    }
    try train("f16", steps: 3, scale: 1 << 40, resume: false)
    try train("f32", steps: 5, scale: 1)
    try train("f16", steps: 7, scale: 1024)
    let lines = try String(contentsOfFile: run.folder.logPath, encoding: .utf8).split(separator: "\n")
    let log = try lines.map { try JSONValue(parsing: String($0)) }
    #expect(log.map { $0["skipped_steps"]?.integer } == [1, 2, 3, nil, nil, 3, 3])
    #expect(log.map { $0["lr"]?.number } == [1, 1, 1, 1, 2, 3, 4].map { 1e-3 * $0 / 100 })
    #expect(log.map { $0["loss_scale"]?.number }[3...] == [nil, nil, 1024, 1024])
  }

  /// What stands in the program: networks in 16 bits, whatever is added up over steps in f32.
  @Test(arguments: [nil, 2], halves) func onlyTheNetworkIsInHalf(microBatch: Int?, precision: String) throws {
    var recipe = recipe(precision)
    recipe.training.microBatch = microBatch
    let programs = try TrainingPrograms(
      Components(recipe: recipe), microBatch: recipe.training.microBatch)
    #expect(programs.states.allSatisfy { $0.type.dtype == .f32 || $0.name.hasPrefix("loss_scale.") })
    let step = programs.phases[0].accumulate ?? programs.phases[0].update
    func types(_ isWanted: (Op) -> Bool) -> Set<DType> {
      Set(step.nodes.filter { isWanted($0.op) }.flatMap { $0.outputs.prefix(1).map { step[$0].dtype } })
    }
    func isConvolution(_ op: Op) -> Bool {
      switch op {
      case .conv, .convGradInput, .convGradWeight: true
      default: false
      }
    }
    func isRegion(_ op: Op) -> Bool {
      if case .region(let region) = op {
        return region.name.hasPrefix("groupNorm") || region.name == "attention"
      }
      return false
    }
    let half = DType(rawValue: precision)
    #expect(types(isConvolution) == [half])
    #expect(types(isRegion) == [half])
    let update = programs.phases[0].update
    #expect(update.outputs.allSatisfy { update[$0.value].dtype != half })
  }

  @Test(arguments: halves) func aStepTakesLessMemory(half: String) throws {
    let device = try Backends.registry.entry("fftw").backend.open(0)
    func bytes(_ precision: String) throws -> Int {
      var recipe = recipe(precision)
      recipe.data.resolution = 32
      recipe.training.batch = 16
      return try TrainingPlan(Components(recipe: recipe), device: device).arenaByteCount
    }
    #expect(try Double(bytes(half)) < 0.6 * Double(bytes("f32")))
  }

  @Test(arguments: halves) func aDeviceWithoutHalfStorageSaysSo(half: String) throws {
    let device = try WordDevice()
    _ = try TrainingPlan(Components(recipe: recipe("f32")), device: device)
    #expect {
      _ = try TrainingPlan(Components(recipe: recipe(half)), device: device)
    } throws: {
      "\($0)"
        == "backend oracle: training.precision \(half): words has no 16-bit storage; set training.precision to f32 "
        + "or choose another --device"
    }
  }
}

/// The oracle, pretending to know 32-bit words only.
private final class WordDevice: Device {
  let base: any Device
  init() throws { base = try OracleBackend().open(0) }
  var info: DeviceInfo {
    DeviceInfo(backend: "oracle", index: 0, name: "words", kind: .reference, driver: "", memory: nil)
  }
  func makeState(_ slots: [StateSlot]) throws -> any StateStore { try base.makeState(slots) }
  func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    try base.makeStep(planned, state: state)
  }
  func supports(_ region: Region) -> Bool { base.supports(region) }
  func stores(_ dtype: DType) -> Bool { dtype.byteSize == 4 }
}
