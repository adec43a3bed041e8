import CVectorKernels
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// The CPU, opened.
public final class CPUDevice: Device {
  public let info: DeviceInfo
  let kernels: UnsafePointer<VectorKernels>
  let workers: Workers
  let options: FFTWBackend.Options

  init(
    info: DeviceInfo, kernels: UnsafePointer<VectorKernels>, workers: Workers, options: FFTWBackend.Options
  ) {
    self.info = info
    self.kernels = kernels
    self.workers = workers
    self.options = options
  }

  public func supports(_ region: Region) -> Bool { RegionKernel(region) != nil }

  public func makeState(_ slots: [StateSlot]) throws -> any StateStore { try CPUState(slots) }

  public func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    try makeCPUStep(planned, state: state)
  }

  /// As `makeStep`, with the step's own type, which also tells where the time goes.
  public func makeCPUStep(_ planned: PlannedProgram, state: any StateStore) throws -> CPUStep {
    guard let state = state as? CPUState else {
      throw BackendError.unsupported(
        backend: "fftw", operation: "step", problem: "the state belongs to another backend's device")
    }
    if let available = Processor.availableMemory {
      let needed = planned.plan.arenaByteCount + planned.inputByteCount
      if needed > available {
        throw BackendError.outOfMemory(
          device: info.name, needed: needed, available: available,
          remedy: "use a smaller batch, smaller pictures or a smaller model")
      }
    }
    return try CPUStep(planned, state: state, device: self)
  }
}

/// Named tensors in the host's memory.
final class CPUState: StateStore {
  let slots: [StateSlot]
  private let memory: [String: (type: TensorType, memory: Memory)]

  init(_ slots: [StateSlot]) throws(BackendError) {
    self.slots = slots
    var memory: [String: (type: TensorType, memory: Memory)] = [:]
    for slot in slots {
      memory[slot.name] = (
        slot.type, try Memory(byteCount: slot.type.byteCount, purpose: "state \(slot.name)")
      )
    }
    self.memory = memory
  }

  func base(_ name: String, _ type: TensorType) throws(BackendError) -> UnsafeMutableRawPointer {
    guard let slot = memory[name], slot.type == type else {
      throw .mismatch(
        name: name, found: memory[name].map { "\($0.type)" } ?? "no such state", expected: "\(type)")
    }
    return slot.memory.base
  }

  func write(_ name: String, _ tensor: HostTensor) throws {
    _ = try base(name, tensor.type)
    memory[name]?.memory.copy(from: tensor.bytes)
  }

  func read(_ name: String) throws -> HostTensor {
    guard let slot = memory[name] else {
      throw BackendError.mismatch(name: name, found: "no such state", expected: "one of the device's states")
    }
    return HostTensor(slot.type) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: slot.memory.base, count: $0.count))
    }
  }
}
