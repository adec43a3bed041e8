import Foundation
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoNN

/// What a training run will take, known before its first step.
public struct TrainingPlan {
  public let components: Components
  public let programs: TrainingPrograms
  /// The planned programs of all phases, in the order of `programs.all`.
  public let planned: [PlannedProgram]

  /// Traces, optimizes and plans a step for `device`.
  ///
  /// - Parameter optimize: whether to fold, share and fuse; without, only for comparison, the trace runs as it is.
  /// - Throws: What the recipe's images would be refused for; `BackendError.outOfMemory`, with a remedy, when the device has less memory than the step needs;
  ///   `BackendError.unsupported` when it cannot store what the recipe's precision asks for.
  public init(_ components: Components, device: any Device, optimize: Bool = true) throws {
    self.components = components
    if components.task.generatesImages {
      try components.check(SamplingRequest(recipe: components.recipe, conditions: components.conditions))
    }
    guard device.stores(components.storageType) else {
      throw BackendError.unsupported(
        backend: device.info.backend, operation: "training.precision \(components.storageType)",
        problem:
          "\(device.info.name) has no 16-bit storage; set training.precision to f32 or choose another --device"
      )
    }
    programs = try TrainingPrograms(components, microBatch: components.recipe.training.microBatch)
    try components.checkGroups(of: programs.parameters)
    planned = try programs.all.map { try device.plan($0, optimize: optimize) }
    if let available = device.info.memory, byteCount > available {
      throw BackendError.outOfMemory(
        device: device.info.name, needed: byteCount, available: available, remedy: remedy(available))
    }
  }

  /// The number of the model's parameters.
  public var parameterCount: Int { programs.parameters.reduce(0) { $0 + $1.count } }
  /// Operations as traced, and as they are left for the device.
  public var tracedNodeCount: Int { programs.all.reduce(0) { $0 + $1.nodes.count } }
  public var nodeCount: Int { planned.reduce(0) { sum, each in sum + each.plan.isElided.count { !$0 } } }
  /// Bytes of parameters, their averages and the optimizer's tensors.
  public var stateByteCount: Int { programs.states.reduce(0) { $0 + $1.type.byteCount } }
  /// Bytes of values that live within a step.
  public var arenaByteCount: Int { planned.reduce(0) { $0 + $1.plan.arenaByteCount } }
  /// Bytes below which no plan could get.
  public var lowerBound: Int { planned.reduce(0) { $0 + $1.plan.lowerBound } }
  /// Bytes if every value had memory of its own.
  public var naiveByteCount: Int { planned.reduce(0) { $0 + $1.plan.naiveByteCount } }
  /// Bytes in all.
  public var byteCount: Int { stateByteCount + arenaByteCount + planned.reduce(0) { $0 + $1.inputByteCount } }

  /// Multiply-adds of the convolutions and matrix products of a step that has every phase; of a lazy penalty's two, that with it.
  public var multiplyAdds: Int {
    let training = components.recipe.training
    let parts = training.batch / (training.microBatch ?? training.batch)
    // Where phases take turns, the first of them is the longest.
    var seen: Set<String> = []
    return phases(of: planned).reduce(0) { sum, each in
      guard seen.insert(each.phase.name).inserted else { return sum }
      return sum + (each.accumulate?.program.multiplyAdds ?? 0) * parts + each.update.program.multiplyAdds
    }
  }

  /// The phases with what has been made of each of their programs, which `made` has in the order of `programs.all`.
  func phases<Made>(of made: [Made]) -> [(phase: TrainingPhase, accumulate: Made?, update: Made)] {
    var rest = made[...]
    return programs.phases.map { phase in
      let accumulate = phase.accumulate.map { _ in rest.removeFirst() }
      return (phase, accumulate, rest.removeFirst())
    }
  }

  private func remedy(_ available: Int) -> String {
    let batch = components.recipe.training.microBatch ?? components.recipe.training.batch
    let perImage = Double(arenaByteCount) / Double(batch)
    let fitting = Int(Double(max(0, available - stateByteCount)) * 0.9 / perImage)
    let micro = (1...batch).last { components.recipe.training.batch.isMultiple(of: $0) && $0 <= fitting }
    return micro.map { "set training.micro_batch to \($0), which gives the same result in less memory" }
      ?? "the model itself is too large for it; choose a smaller one, by model.options, or another --device"
  }

  /// What a step asks of `device`, which compiles it for that; nil where the backend does not count.
  ///
  /// Micro-batches are counted once.
  public func statistics(on device: any Device) throws -> StepStatistics? {
    let state = try device.makeState(programs.states.map { StateSlot(name: $0.name, type: $0.type) })
    let each = try planned.compactMap { try device.makeStep($0, state: state).statistics }
    guard let first = each.first else { return nil }
    return each.dropFirst().reduce(first, +)
  }

  /// The programs as text.
  public var text: String { planned.map(\.program.description).joined(separator: "\n") }
}
