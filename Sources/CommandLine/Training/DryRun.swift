import Foundation
import Sfumato
import SfumatoGraph

/// What a run would take: sizes from its plan, and an estimate of a step's time.
struct DryRun {
  private let plan: TrainingPlan
  private let choice: DeviceChoice

  init(_ plan: TrainingPlan, _ choice: DeviceChoice) {
    self.plan = plan
    self.choice = choice
  }

  func report(asJSON: Bool) throws {
    let seconds = Double(plan.multiplyAdds) / (try Self.multiplyAddsPerSecond(of: choice))
    let counts = try plan.statistics(on: choice.open())
    if asJSON { return Terminal.jsonLine(json(seconds, counts)) }
    let recipe = plan.components.recipe
    print(
      Terminal.table(
        [
          ["model", "\(recipe.model.kind), \(InspectedModel.grouped(plan.parameterCount)) parameters"],
          ["program", "\(plan.tracedNodeCount) operations traced, \(plan.nodeCount) left to run"],
          ["memory", "\(mebibytes(plan.byteCount)) planned"],
          ["  state", "\(mebibytes(plan.stateByteCount)) of parameters, averages and optimizer"],
          [
            "  step",
            "\(mebibytes(plan.arenaByteCount)); no plan could take less than \(mebibytes(plan.lowerBound)), "
              + "without reuse it would be \(mebibytes(plan.naiveByteCount))",
          ],
          ["device", "\(choice.device.backend): \(choice.device.name) (\(choice.reason))"],
        ]
          + (counts.map { [["  a step", Self.text($0)]] } ?? []) + [
            [
              "time",
              String(
                format: "about %.2g s a step (%.3g GFLOP), %@ for %d steps", seconds,
                Double(plan.multiplyAdds) * 2e-9,
                ProgressBar.clock(seconds * Double(recipe.training.steps)), recipe.training.steps),
            ]
          ]))
  }

  private static func text(_ counts: StepStatistics) -> String {
    "\(counts.dispatches) dispatches, \(counts.transfers) copies, \(counts.barriers) barriers, "
      + "\(counts.submissions) submission\(counts.submissions == 1 ? "" : "s"), \(mebibytes(counts.traffic.total)) moved"
  }

  private func json(_ seconds: Double, _ counts: StepStatistics?) -> JSONObject {
    var object: JSONObject = [
      "parameters": .integer(plan.parameterCount), "traced_operations": .integer(plan.tracedNodeCount),
      "operations": .integer(plan.nodeCount), "memory": .integer(plan.byteCount),
      "state_memory": .integer(plan.stateByteCount), "step_memory": .integer(plan.arenaByteCount),
      "step_memory_lower_bound": .integer(plan.lowerBound),
      "step_memory_naive": .integer(plan.naiveByteCount),
      "backend": .string(choice.device.backend), "device": .string(choice.device.name),
      "multiply_adds": .integer(plan.multiplyAdds), "seconds_a_step": .number(seconds),
    ]
    if let counts {
      object["dispatches"] = .integer(counts.dispatches)
      object["transfers"] = .integer(counts.transfers)
      object["barriers"] = .integer(counts.barriers)
      object["submissions"] = .integer(counts.submissions)
      object["bytes_read"] = .integer(counts.traffic.read)
      object["bytes_written"] = .integer(counts.traffic.written)
    }
    return object
  }

  /// How fast a device is at a convolution of the size that U-Nets are made of, by running one.
  private static func multiplyAddsPerSecond(of choice: DeviceChoice) throws -> Double {
    let isReference = choice.device.kind == .reference
    let channels = isReference ? 8 : 64
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4, 16, 16, channels])
    let w = try graph.input("w", .f32, [channels, 3, 3, channels])
    try graph.output("y", x.conv(w, padding: (1, 1, 1, 1)))
    let program = try graph.finish()
    let device = try choice.open()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    let inputs = Dictionary(
      uniqueKeysWithValues: program.inputs.map { ($0.name, HostTensor(zeros: program[$0.value])) })
    // The first run pays for what later ones find ready.
    try step.run(inputs)
    _ = try step.outputs()
    let runs = isReference ? 1 : 8
    let start = ContinuousClock.now
    for _ in 0..<runs {
      try step.run(inputs)
      _ = try step.outputs()
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    return Double(program.multiplyAdds * runs) / max(elapsed, 1e-9)
  }
}
