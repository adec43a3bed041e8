import SfumatoBackend
import SfumatoGraph

/// Named tensors in a library's memory. Where the CPU runs part of a program they are in the host's memory too: the same
/// memory if the library can work on it, else a copy, and whichever was written last counts.
final class PluginState: StateStore {
  let slots: [StateSlot]
  let context: PluginContext
  /// The states in the host's memory, when there is a device that works there.
  let host: (any HostStateStore)?
  private let buffers: [String: PluginBuffer]
  /// Whether both are one.
  private let isShared: Bool
  private var newest = Place.both

  private enum Place { case host, library, both }

  init(_ slots: [StateSlot], context: PluginContext, fallback: (any HostDevice)?) throws {
    self.slots = slots
    self.context = context
    let isShared = fallback != nil && context.library.bufferImport != nil
    let host = try fallback?.makeHostState(slots)
    var buffers: [String: PluginBuffer] = [:]
    for slot in slots {
      let shared = try host.flatMap {
        try PluginBuffer(context, importing: $0.memory(of: slot.name), byteCount: slot.type.byteCount)
      }
      buffers[slot.name] = try shared ?? PluginBuffer(context, byteCount: slot.type.byteCount)
    }
    (self.buffers, self.host, self.isShared) = (buffers, host, isShared)
  }

  /// Throws `BackendError.mismatch` unless every state of a program is here with its type.
  func check(_ program: Program) throws(BackendError) {
    for port in program.states {
      let expected = StateSlot(name: port.name, type: program[port.input])
      guard slots.contains(expected) else {
        throw .mismatch(
          name: port.name, found: "no such state", expected: "\(expected.type) in the state store")
      }
    }
  }

  func buffer(_ name: String) throws(BackendError) -> PluginBuffer {
    guard let buffer = buffers[name] else {
      throw .mismatch(name: name, found: "no such state", expected: "one of the device's states")
    }
    return buffer
  }

  func write(_ name: String, _ tensor: HostTensor) throws {
    guard let slot = slots.first(where: { $0.name == name }), slot.type == tensor.type else {
      throw BackendError.mismatch(
        name: name, found: "\(tensor.type)",
        expected: slots.first { $0.name == name }.map { "\($0.type)" } ?? "one of the device's states")
    }
    try prepareForLibrary()
    try tensor.bytes.withUnsafeBytes { try buffer(name).write($0) }
    noteLibraryWrites()
  }

  func read(_ name: String) throws -> HostTensor {
    guard let slot = slots.first(where: { $0.name == name }) else {
      throw BackendError.mismatch(name: name, found: "no such state", expected: "one of the device's states")
    }
    try prepareForLibrary()
    let buffer = try buffer(name)
    return try HostTensor(slot.type) { try buffer.read(into: $0) }
  }

  // MARK: Which copy counts

  /// Makes the library's copy the newest.
  func prepareForLibrary() throws {
    guard !isShared, newest == .host, let host else { return }
    for slot in slots {
      let bytes = UnsafeRawBufferPointer(start: try host.memory(of: slot.name), count: slot.type.byteCount)
      try buffer(slot.name).write(bytes)
    }
    newest = .both
  }

  /// Makes the host's copy the newest.
  func prepareForHost() throws {
    guard !isShared, newest == .library, let host else { return }
    for slot in slots {
      let bytes = UnsafeMutableRawBufferPointer(
        start: try host.memory(of: slot.name), count: slot.type.byteCount)
      try buffer(slot.name).read(into: bytes)
    }
    newest = .both
  }

  func noteLibraryWrites() { newest = .library }
  func noteHostWrites() { newest = .host }
}

extension HostDevice {
  fileprivate func makeHostState(_ slots: [StateSlot]) throws -> any HostStateStore {
    guard let state = try makeState(slots) as? any HostStateStore else {
      throw BackendError.unsupported(
        backend: info.backend, operation: "state", problem: "its states are not in the host's memory")
    }
    return state
  }
}
