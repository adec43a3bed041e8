import CVectorKernels
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoJSON

/// The CPU, opened.
public final class CPUDevice: HostDevice, TunableDevice {
  public let info: DeviceInfo
  let kernels: UnsafePointer<VectorKernels>
  /// For products of bf16; nil where the processor has no instruction for them.
  let pairs: UnsafePointer<PairKernels>?
  let workers: Workers
  let tuner: Tuner

  init(
    info: DeviceInfo, kernels: UnsafePointer<VectorKernels>, pairs: UnsafePointer<PairKernels>?,
    workers: Workers, tuner: Tuner
  ) {
    self.info = info
    self.kernels = kernels
    self.pairs = pairs
    self.workers = workers
    self.tuner = tuner
  }

  public var tuning: JSONObject { tuner.taken.json }

  public func keep(_ tuning: JSONObject) throws(BackendError) { tuner.keep(try Tuning(tuning)) }

  public func supports(_ region: Region) -> Bool { RegionKernel(region) != nil }

  public func makeState(_ slots: [StateSlot]) throws -> any StateStore { try CPUState(slots) }

  public func makeState(_ slots: [StateSlot], over memory: [UnsafeMutableRawPointer]) -> any HostStateStore {
    CPUState(slots, over: memory)
  }

  public func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    try makeCPUStep(planned, state: state)
  }

  public func makeStep(
    _ planned: PlannedProgram, state: any StateStore, foreign: any ForeignNodes
  ) throws -> any Step {
    try makeCPUStep(planned, state: state, foreign: foreign)
  }

  /// As `makeStep`, with the step's own type, which also tells where the time goes.
  public func makeCPUStep(
    _ planned: PlannedProgram, state: any StateStore, foreign: (any ForeignNodes)? = nil
  ) throws -> CPUStep {
    guard let state = state as? CPUState else {
      throw BackendError.unsupported(
        backend: "fftw", operation: "step", problem: "the state belongs to another backend's device")
    }
    if let available = Processor.availableMemory {
      let needed = planned.plan.arenaByteCount + planned.inputByteCount
      if needed > available {
        throw BackendError.outOfMemory(
          device: info.name, needed: needed, available: available,
          remedy: "use a smaller batch, smaller images or a smaller model")
      }
    }
    return try CPUStep(planned, state: state, device: self, foreign: foreign)
  }
}

/// Named tensors in the host's memory, their own or somebody else's.
final class CPUState: HostStateStore {
  let slots: [StateSlot]
  private let places: [String: (type: TensorType, base: UnsafeMutableRawPointer)]
  private var owned: [Memory] = []

  init(_ slots: [StateSlot], over memory: [UnsafeMutableRawPointer]) {
    self.slots = slots
    places = Dictionary(uniqueKeysWithValues: zip(slots, memory).map { ($0.name, ($0.type, $1)) })
  }

  convenience init(_ slots: [StateSlot]) throws(BackendError) {
    var owned: [Memory] = []
    for slot in slots {
      owned.append(try Memory(byteCount: slot.type.byteCount, purpose: "state \(slot.name)"))
    }
    self.init(slots, over: owned.map(\.base))
    self.owned = owned
  }

  func base(_ name: String, _ type: TensorType) throws(BackendError) -> UnsafeMutableRawPointer {
    guard let place = places[name], place.type == type else {
      throw .mismatch(
        name: name, found: places[name].map { "\($0.type)" } ?? "no such state", expected: "\(type)")
    }
    return place.base
  }

  func memory(of name: String) throws -> UnsafeMutableRawPointer { try place(name).base }

  func write(_ name: String, _ tensor: HostTensor) throws {
    let base = try base(name, tensor.type)
    tensor.bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: base, count: $0.count).copyMemory(from: $0)
    }
  }

  func read(_ name: String) throws -> HostTensor {
    let place = try place(name)
    return HostTensor(place.type) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: place.base, count: $0.count))
    }
  }

  private func place(_ name: String) throws(BackendError) -> (
    type: TensorType, base: UnsafeMutableRawPointer
  ) {
    guard let place = places[name] else {
      throw .mismatch(name: name, found: "no such state", expected: "one of the device's states")
    }
    return place
  }
}
