import Foundation
import Sfumato
import SfumatoBackend
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoGraph
import SfumatoOracle
import Testing
import TrainingSupport

@testable import SfumatoTraining

/// Dynamic loss scaling of f16 training. Every test first makes gradients overflow, by a scale that no gradient survives.
@Suite struct LossScalingTests {
  /// Without the oracle, whose float64 overflows nowhere.
  static let devices = BackendAgreementTests.infos

  /// No gradient of the tiny run survives this.
  static let huge = 1 << 40

  private static func recipe(
    initial: Int = huge, microBatch: Int? = nil, _ change: (inout Recipe) -> Void = { _ in }
  ) -> Recipe {
    TinyRun.recipe {
      $0.training.precision = "f16"
      $0.training.microBatch = microBatch
      $0.training.lossScale.initial = initial
      $0.training.lossScale.maximum = huge
      change(&$0)
    }
  }

  /// A step over a state that tests look into, with the images of a run.
  private struct Run {
    let state: TrainingState
    let step: TrainingStep
    let loader: BatchLoader

    /// - Parameter skipped: steps that the run is told were skipped before.
    init(_ recipe: Recipe, skipped: Int = 0, on info: DeviceInfo) throws {
      let device = try Backends.registry.entry(info.backend).backend.open(info.index)
      let plan = try TrainingPlan(Components(recipe: recipe), device: device)
      state = try TrainingState(plan.components, plan.programs, device: device)
      try state.initialize(seed: 7)
      let status = LossScaleStatus(recipe.training.lossScale, skippedSteps: skipped)
      for (name, tensor) in status.tensors { try state.store.write(name, tensor) }
      step = try TrainingStep(plan, state: state, device: device)
      loader = try BatchLoader(recipe: recipe, dataset: .open(recipe.data))
    }

    func run(_ steps: ClosedRange<Int>) throws {
      for number in steps { try step.run(step: number, loader.batch(step: number - 1)) }
    }

    func parameters() throws -> [Float] {
      try state.store.slots.map(\.name).filter { $0.hasPrefix("parameter.") }.flatMap {
        try state.store.read($0).floats
      }
    }

    /// Parameters, averages and the optimizer's tensors.
    func learned() throws -> [String: [UInt8]] {
      let names = state.store.slots.map(\.name).filter {
        !$0.hasPrefix("accumulated.") && !$0.hasPrefix("loss_scale.")
      }
      return Dictionary(uniqueKeysWithValues: try names.map { ($0, try state.store.read($0).bytes) })
    }
  }

  /// The number of steps that a run begins by skipping, and the scale after those.
  private func overflows(_ recipe: Recipe, on info: DeviceInfo) throws -> (count: Int, scale: Double) {
    let run = try Run(recipe, on: info)
    for number in 1...40 {
      try run.run(number...number)
      let metrics = try run.step.metrics()
      guard metrics.isSkipped, let status = metrics.lossScale else {
        return (number - 1, metrics.lossScale?.scale ?? 0)
      }
      #expect(status.skippedSteps == number)
      #expect(status.scale == Double(Self.huge) * pow(0.5, Double(number)))
    }
    return (40, 0)
  }

  @Test(arguments: devices, [nil, 2]) func anOverflowChangesNothing(info: DeviceInfo, microBatch: Int?) throws
  {
    let run = try Run(Self.recipe(microBatch: microBatch), on: info)
    let before = try run.learned()
    try run.run(1...1)
    let metrics = try run.step.metrics()
    #expect(metrics.isSkipped && metrics.loss.isFinite)
    #expect(metrics.lossScale?.scale == Double(Self.huge) / 2)
    let isSame = try run.learned() == before
    #expect(isSame && before.count > 4)
    // Without an overflow all but the accumulated are different.
    let good = try Run(Self.recipe(initial: 1024, microBatch: microBatch), on: info)
    try good.run(1...1)
    let after = try good.learned()
    #expect(try good.step.metrics().gradientNorm.isFinite)
    #expect(after.count { before[$0.key] != $0.value } > after.count * 9 / 10)
  }

  /// What was skipped leaves no trace but the scale: learning rate, corrections and averages go on where they were.
  @Test(arguments: devices) func laterStepsAreThoseOfARunWithoutOverflow(info: DeviceInfo) throws {
    let (count, scale) = try overflows(Self.recipe(), on: info)
    #expect(count > 5 && count < 40)
    // No look at the metrics: the device alone knows how many steps were skipped.
    let skipping = try Run(Self.recipe(), on: info)
    try skipping.run(1...count + 3)
    // The same images and noise, as the first three updates of a run that never overflows.
    let straight = try Run(Self.recipe(initial: Int(scale)), skipped: count, on: info)
    let before = try straight.parameters()
    try straight.run(count + 1...count + 1)
    // Adam's first update is the learning rate, whatever the gradient: half the peak, as two steps warm up.
    let changes = try zip(straight.parameters(), before).map { abs($0 - $1) }
    let largest = try #require(changes.max())
    #expect(abs(largest - 0.5e-3) < 1e-6)
    try straight.run(count + 2...count + 3)
    let isSame = try skipping.learned() == straight.learned()
    #expect(isSame)
    let statuses = try [skipping, straight].map { try $0.state.lossScale() }
    #expect(statuses[0] == statuses[1] && statuses[0]?.skippedSteps == count && statuses[0]?.goodSteps == 3)
  }

  @Test func theScaleGrowsAfterGoodStepsUpToItsMaximum() throws {
    let recipe = Self.recipe(initial: 512) {
      $0.training.lossScale.growthInterval = 3
      $0.training.lossScale.maximum = 2048
    }
    let info = try #require(TrainerTests.devices.first { $0.backend == "oracle" })
    let run = try Run(recipe, on: info)
    let scales = try (1...12).map {
      try run.run($0...$0)
      return try run.step.metrics().lossScale?.scale
    }
    #expect(scales == [512, 512, 1024, 1024, 1024, 2048, 2048, 2048, 2048, 2048, 2048, 2048])
  }

  /// A value that f16 cannot hold, anywhere in the network, reaches the norm of the gradients on every device.
  @Test(
    arguments: devices,
    [
      "conv_in.weight", "mid_block.attentions.0.to_q.weight", "mid_block.attentions.0.to_v.weight",
      "conv_norm_out.weight", "time_embedding.linear_2.weight", "conv_out.weight",
    ])
  func anOverflowInTheNetworkIsSeen(info: DeviceInfo, name: String) throws {
    let run = try Run(Self.recipe(initial: 1024), on: info)
    let state = "parameter." + name, old = try run.state.store.read(state)
    try run.state.store.write(state, HostTensor(old.floats.map { $0 < 0 ? -1e7 : 1e7 }, old.type.shape))
    try run.run(1...1)
    #expect(try run.step.metrics().isSkipped)
  }

  /// The host looks now and then by itself, and in time.
  @Test(arguments: [0, 1]) func aRunThatSkipsEveryStepEnds(logEvery: Int) throws {
    let run = try TinyRun()
    defer { run.remove() }
    let recipe = Self.recipe {
      $0.training.lossScale.minimum = Self.huge
      $0.training.lossScale.patience = 5
      $0.training.logEvery = logEvery
      $0.training.steps = 200
    }
    let device = try Backends.registry.entry("fftw").backend.open(0)
    // Without a log the first step is logged nevertheless, and the next look is a window later.
    let steps = logEvery == 0 ? LossScaling.window + 1 : 5
    let end = logEvery == 0 ? steps + 1 : steps
    let expected = TrainingError.overflowing(
      scale: Double(Self.huge), steps: steps, step: end, checkpoint: nil)
    #expect(throws: expected) { try run.trainer(recipe, on: device).run() }
    #expect(expected.exitCode == .divergence)
    #expect(
      "\(expected)"
        == "step \(end): the gradients overflowed f16 in \(steps) steps in a row with the loss scale at its minimum of "
        + "1099511627776; train with --precision bf16 or f32, or try a lower optimizer.learning_rate")
  }

  /// A run that skips steps before and after it is cut is the same run: weights, log, scale and counters.
  @Test(arguments: devices) func aResumedRunIsTheSame(info: DeviceInfo) throws {
    let device = try Backends.registry.entry(info.backend).backend.open(info.index)
    func recipe(steps: Int) -> Recipe {
      Self.recipe {
        $0.training.steps = steps
        $0.training.lossScale.initial = 1 << 36
        $0.training.lossScale.growthInterval = 4
      }
    }
    let whole = try TinyRun(), halves = try TinyRun()
    defer { [whole, halves].forEach { $0.remove() } }
    try whole.trainer(recipe(steps: 60), on: device).run()
    try halves.trainer(recipe(steps: 30), on: device).run()
    try halves.trainer(recipe(steps: 60), on: device, resume: true).run()
    #expect(try whole.files(step: 60) == halves.files(step: 60))
    #expect(try whole.log() == halves.log())
    let states = try [whole, halves].map { try $0.folder.checkpoints.load(step: 60).state }
    #expect(states[0]["loss_scale"] == states[1]["loss_scale"])
    let skipped = try [30, 60].map {
      let run = $0 == 30 ? halves : whole
      return try run.folder.checkpoints.load(step: $0).state["skipped_steps"]?.integer ?? 0
    }
    #expect(skipped[0] > 0 && skipped[1] > skipped[0])
  }
}
