import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A program of the CPU backend some of whose nodes a library runs.
final class MixedStep: Step {
  let planned: PlannedProgram
  let notes: [String]
  var workspaceByteCount: Int { step.workspaceByteCount }
  private let state: PluginState
  private let step: any Step

  /// - Parameter missing: the nodes that the library does not know, in order.
  init(
    _ planned: PlannedProgram, state: PluginState, device: PluginDevice, cpu: any HostDevice, missing: [Int]
  ) throws {
    self.planned = planned
    self.state = state
    guard let host = state.host else {
      throw BackendError.unsupported(
        backend: device.info.backend, operation: "step", problem: "its states are not in the host's memory")
    }
    let nodes = try PluginNodes(planned, context: device.context, missing: Set(missing))
    step = try cpu.makeStep(planned, state: host, foreign: nodes)
    notes = [nodes.note]
  }

  func run(_ inputs: [String: HostTensor]) throws {
    try state.prepareForHost()
    try step.run(inputs)
    state.noteHostWrites()
  }

  func profile(_ inputs: [String: HostTensor]) throws -> StepProfile? {
    try state.prepareForHost()
    let profile = try step.profile(inputs)
    state.noteHostWrites()
    return profile
  }

  func outputs() throws -> [String: HostTensor] { try step.outputs() }
}
