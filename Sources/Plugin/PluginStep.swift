import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A program that a library runs as a whole.
final class PluginStep: Step {
  let planned: PlannedProgram
  private let state: PluginState
  private let inputs: [PluginBuffer]
  private let results: [PluginBuffer]
  private let executable: PluginExecutable

  init(_ planned: PlannedProgram, state: PluginState) throws {
    self.planned = planned
    self.state = state
    let program = planned.program
    func buffers(_ ports: [Port]) throws -> [PluginBuffer] {
      try ports.map { try PluginBuffer(state.context, byteCount: program[$0.value].byteCount) }
    }
    inputs = try buffers(program.inputs)
    results = try buffers(program.outputs)
    executable = try PluginExecutable(
      state.context, program, inputs: inputs, states: program.states.map { try state.buffer($0.name) },
      outputs: results)
  }

  func run(_ tensors: [String: HostTensor]) throws {
    try check(tensors)
    try state.prepareForLibrary()
    for (port, buffer) in zip(planned.program.inputs, inputs) {
      try tensors[port.name]?.bytes.withUnsafeBytes { try buffer.write($0) }
    }
    try executable.submit()
    state.noteLibraryWrites()
  }

  func outputs() throws -> [String: HostTensor] {
    try executable.wait()
    var outputs: [String: HostTensor] = [:]
    for (port, buffer) in zip(planned.program.outputs, results) {
      outputs[port.name] = try HostTensor(planned.program[port.value]) { try buffer.read(into: $0) }
    }
    return outputs
  }
}
