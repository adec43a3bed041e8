import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// The reference backend: slow and exact.
public struct OracleBackend: Backend {
  public let name = "oracle"
  public let summary = "naive float64 loops, the reference for tests; far too slow to train with"

  public init() {}

  public func devices() -> [DeviceInfo] {
    [
      DeviceInfo(
        backend: name, index: 0, name: "float64 loops", kind: .reference, driver: "built in", memory: nil)
    ]
  }

  public func open(_ index: Int) throws -> any Device {
    guard index == 0 else {
      throw BackendError.unavailable(
        backend: name, problem: "there is no device \(index)", remedy: "it has device 0 only")
    }
    return OracleDevice(info: devices()[0])
  }
}

/// The reference device.
public final class OracleDevice: Device {
  public let info: DeviceInfo
  init(info: DeviceInfo) { self.info = info }

  /// Bodies are what regions mean, so they are what the reference runs.
  public func supports(_ region: Region) -> Bool { false }

  public func makeState(_ slots: [StateSlot]) -> any StateStore { OracleState(slots) }

  public func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    guard let state = state as? OracleState else {
      throw BackendError.mismatch(
        name: "state", found: "\(type(of: state))", expected: "a state store of the oracle backend")
    }
    for port in planned.program.states {
      let slot = StateSlot(name: port.name, type: planned.program[port.input])
      if !state.slots.contains(slot) {
        throw BackendError.mismatch(
          name: port.name, found: "no such state", expected: "\(slot.type) in the state store")
      }
    }
    return OracleStep(planned: planned, state: state)
  }
}

/// States as doubles that are numbers of their types: rounded when a step ends, so that a run that is resumed from a
/// checkpoint goes on as it would have.
final class OracleState: StateStore {
  let slots: [StateSlot]
  var values: [String: [Double]] = [:]

  init(_ slots: [StateSlot]) {
    self.slots = slots
    for slot in slots { values[slot.name] = Array(repeating: 0, count: slot.type.count) }
  }

  func write(_ name: String, _ tensor: HostTensor) throws {
    let expected = try type(of: name)
    if tensor.type != expected {
      throw BackendError.mismatch(name: name, found: "\(tensor.type)", expected: "\(expected)")
    }
    values[name] = tensor.doubles
  }

  func read(_ name: String) throws -> HostTensor {
    HostTensor(try type(of: name), rounding: values[name] ?? [])
  }

  private func type(of name: String) throws -> TensorType {
    guard let slot = slots.first(where: { $0.name == name }) else {
      throw BackendError.mismatch(name: name, found: "no such state", expected: "a name in the state store")
    }
    return slot.type
  }
}

final class OracleStep: Step {
  let planned: PlannedProgram
  private let state: OracleState
  private var results: [String: HostTensor] = [:]

  init(planned: PlannedProgram, state: OracleState) {
    self.planned = planned
    self.state = state
  }

  func run(_ inputs: [String: HostTensor]) throws {
    try check(inputs)
    let program = planned.program
    let (outputs, states) = try evaluate(
      program, inputs: inputs.mapValues(\.doubles), states: state.values)
    results = Dictionary(
      uniqueKeysWithValues: program.outputs.map {
        ($0.name, HostTensor(program[$0.value], rounding: outputs[$0.name] ?? []))
      })
    for port in program.states where port.output != port.input {
      state.values[port.name] = HostTensor(program[port.input], rounding: states[port.name] ?? []).doubles
    }
  }

  func outputs() -> [String: HostTensor] { results }
}
