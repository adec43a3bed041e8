import CVectorKernels
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A program as a list of kernels over fixed memory. Running it allocates nothing and takes no lock.
public final class CPUStep: Step {
  public let planned: PlannedProgram
  private let device: CPUDevice
  private let state: CPUState
  private let values: ValueMemory
  private let workspace = Workspace()
  private var kernels: [Kernel] = []
  public private(set) var notes: [String] = []

  init(_ planned: PlannedProgram, state: CPUState, device: CPUDevice, foreign: (any ForeignNodes)? = nil)
    throws
  {
    self.planned = planned
    self.device = device
    self.state = state
    values = try ValueMemory(planned, state: state)
    var lowering = Lowering(planned, values: values, workspace: workspace, device: device)
    kernels = try lowering.kernels(foreign: foreign)
    notes = device.tuner.finish()
    try workspace.allocate(workers: device.workers.count)
  }

  public func run(_ inputs: [String: HostTensor]) throws {
    try take(inputs)
    let saved = flushDenormals()
    defer { restoreDenormals(saved) }
    for kernel in kernels {
      for phase in kernel.phases { device.workers.run(phase) }
      try kernel.foreign?()
    }
  }

  public func profile(_ inputs: [String: HostTensor]) throws -> StepProfile? {
    var recorder = ProfileRecorder(device.workers)
    try take(inputs)
    let saved = flushDenormals()
    defer { restoreDenormals(saved) }
    for kernel in kernels { try recorder.run(kernel) }
    return recorder.profile
  }

  private func take(_ inputs: [String: HostTensor]) throws {
    try check(inputs)
    for (index, port) in planned.program.inputs.enumerated() {
      if let tensor = inputs[port.name] { values.inputs[index].copy(from: tensor.bytes) }
    }
  }

  public func outputs() throws -> [String: HostTensor] {
    var outputs: [String: HostTensor] = [:]
    for (index, port) in planned.program.outputs.enumerated() {
      let source = UnsafeRawPointer(values.output(index))
      outputs[port.name] = HostTensor(planned.program[port.value]) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: source, count: $0.count))
      }
    }
    return outputs
  }

  public var workspaceByteCount: Int { workspace.byteCount }

  /// What runs, in order.
  var kernelNames: [String] { kernels.map(\.name) }
  var phaseCount: Int { kernels.reduce(0) { $0 + $1.phases.count } }
}

/// Where the values of a program are in memory.
final class ValueMemory {
  private let program: Program
  private let plan: MemoryPlan
  let inputs: [Memory]
  private let states: [UnsafeMutableRawPointer]
  private var constants: [Int: Memory] = [:]
  /// Outputs that are old values of states, which the end of a step overwrites: copied aside before.
  private(set) var snapshots: [Int: Memory] = [:]
  private let arena: Memory

  init(_ planned: PlannedProgram, state: CPUState) throws(BackendError) {
    program = planned.program
    plan = planned.plan
    arena = try Memory(byteCount: plan.arenaByteCount, purpose: "a step's arena")
    var inputs: [Memory] = []
    for port in program.inputs {
      inputs.append(try Memory(byteCount: program[port.value].byteCount, purpose: "input \(port.name)"))
    }
    self.inputs = inputs
    var states: [UnsafeMutableRawPointer] = []
    for port in program.states { states.append(try state.base(port.name, program[port.input])) }
    self.states = states
    for (index, port) in program.outputs.enumerated() {
      guard case .state = plan[port.value].base else { continue }
      snapshots[index] = try Memory(byteCount: program[port.value].byteCount, purpose: "output \(port.name)")
    }
    for (index, node) in program.nodes.enumerated() {
      guard case .constant(let literal, let type) = node.op else { continue }
      let memory = try Memory(byteCount: type.byteCount, purpose: "a constant")
      memory.copy(from: HostTensor(type, rounding: (0..<type.count).map { literal[$0] }).bytes)
      constants[index] = memory
    }
  }

  /// The first byte of an output, after the step.
  func output(_ index: Int) -> UnsafeMutableRawPointer {
    snapshots[index]?.base ?? self[program.outputs[index].value]
  }

  /// The first byte of a value.
  subscript(value: ValueID) -> UnsafeMutableRawPointer {
    let location = plan[value]
    return base(location.base) + location.byteOffset
  }

  private func base(_ base: MemoryPlan.Base) -> UnsafeMutableRawPointer {
    switch base {
    case .input(let index): inputs[index].base
    case .state(let index): states[index]
    case .constant(let node): constants[node]?.base ?? arena.base
    case .arena: arena.base
    }
  }
}
