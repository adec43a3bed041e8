import CSfumatoBackend
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoInterface

/// An open device behind a `sfumato_context`.
final class ExportedContext {
  let device: any HostDevice
  init(_ device: any HostDevice) { self.device = device }

  func support(_ node: Node) -> sfumato_support {
    guard case .region(let region) = node.op else { return SFUMATO_SUPPORT_NATIVE }
    return region.isPointwise || device.supports(region) ? SFUMATO_SUPPORT_NATIVE : SFUMATO_SUPPORT_BODY
  }
}

/// Memory behind a `sfumato_buffer`: its own, or the host's.
final class ExportedBuffer {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let isOwned: Bool

  init(byteCount: Int) {
    // A cache line more than asked for: vector loads may run into it.
    base = UnsafeMutableRawPointer.allocate(byteCount: byteCount + 256, alignment: 64)
    base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount + 256)
    self.byteCount = byteCount
    isOwned = true
  }

  init(importing base: UnsafeMutableRawPointer, byteCount: Int) {
    self.base = base
    self.byteCount = byteCount
    isOwned = false
  }

  deinit { if isOwned { base.deallocate() } }

  var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: byteCount) }
}

/// A compiled program behind a `sfumato_executable`.
final class ExportedExecutable {
  private let step: any Step
  private let inputs: [(port: Port, buffer: ExportedBuffer)]
  private let outputs: [(port: Port, buffer: ExportedBuffer)]

  init(
    _ context: ExportedContext, _ program: Program, inputs: [ExportedBuffer], states: [ExportedBuffer],
    outputs: [ExportedBuffer]
  ) throws {
    try program.verify()
    let slots = program.states.map { StateSlot(name: $0.name, type: program[$0.input]) }
    let state = try context.device.makeState(slots, over: states.map(\.base))
    let planned = PlannedProgram(program: program, plan: try plan(program))
    step = try context.device.makeStep(planned, state: state)
    self.inputs = Array(zip(program.inputs, inputs).map { ($0, $1) })
    self.outputs = Array(zip(program.outputs, outputs).map { ($0, $1) })
  }

  func run() throws {
    let program = step.planned.program
    var tensors: [String: HostTensor] = [:]
    for (port, buffer) in inputs {
      tensors[port.name] = HostTensor(program[port.value]) {
        $0.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer.bytes)[..<$0.count]))
      }
    }
    try step.run(tensors)
    let results = try step.outputs()
    for (port, buffer) in outputs {
      results[port.name]?.bytes.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
    }
  }
}
