import CSfumatoBackend
import SfumatoBackend
import SfumatoGraph
import SfumatoInterface

/// The functions of the table. They reach the backend through `served`, objects through their handles.
func exportedTable() -> sfumato_backend {
  var table = sfumato_backend()
  table.struct_size = MemoryLayout<sfumato_backend>.size
  table.major = UInt32(SFUMATO_BACKEND_MAJOR)
  table.minor = UInt32(SFUMATO_BACKEND_MINOR)
  table.error = { ExportedError.text }
  addDevices(&table)
  addBuffers(&table)
  addPrograms(&table)
  return table
}

private func addDevices(_ table: inout sfumato_backend) {
  table.device_count = { count in
    ExportedError.status { count?.pointee = UInt32(try served().backend(nil).devices().count) }
  }
  table.device_info = { index, info in
    ExportedError.status {
      let devices = try served().backend(nil).devices()
      guard let info, devices.indices.contains(Int(index)) else { throw noDevice(index) }
      fill(info, devices[Int(index)])
    }
  }
  table.context_create = { index, options, context in
    ExportedError.status {
      let threads = options.map { Int($0.pointee.threads) } ?? 0
      let backend = try served().backend(threads > 0 ? threads : nil)
      guard let device = try backend.open(Int(index)) as? any HostDevice else {
        throw BackendError.unsupported(
          backend: "library", operation: "context", problem: "the device does not work in the host's memory")
      }
      context?.pointee = handle(ExportedContext(device))
    }
  }
  table.context_destroy = { release(ExportedContext.self, $0) }
}

private func addBuffers(_ table: inout sfumato_backend) {
  table.buffer_create = { _, bytes, buffer in
    ExportedError.status { buffer?.pointee = handle(ExportedBuffer(byteCount: bytes)) }
  }
  table.buffer_import = { _, memory, bytes, buffer in
    ExportedError.status {
      guard let memory else { throw missing("memory") }
      buffer?.pointee = handle(ExportedBuffer(importing: memory, byteCount: bytes))
    }
  }
  table.buffer_destroy = { _, buffer in release(ExportedBuffer.self, buffer) }
  table.buffer_write = { _, buffer, offset, from, bytes in
    ExportedError.status {
      let target = try range(buffer, offset, bytes)
      target.copyMemory(from: UnsafeRawBufferPointer(start: from, count: bytes))
    }
  }
  table.buffer_read = { _, buffer, offset, to, bytes in
    ExportedError.status {
      let source = try range(buffer, offset, bytes)
      UnsafeMutableRawBufferPointer(start: to, count: bytes).copyMemory(from: UnsafeRawBufferPointer(source))
    }
  }
}

private func addPrograms(_ table: inout sfumato_backend) {
  table.node_support = { context, program, index, support in
    ExportedError.status {
      guard let program else { throw missing("program") }
      let node = try node(Int(index), of: program.pointee)
      let answer = try node.map { try object(ExportedContext.self, context).support($0) }
      support?.pointee = Int32(bitPattern: (answer ?? SFUMATO_SUPPORT_NONE).rawValue)
    }
  }
  table.program_compile = { context, program, bindings, executable in
    ExportedError.status {
      guard let program, let bindings = bindings?.pointee else { throw missing("program") }
      let read = try Program(program)
      executable?.pointee = handle(
        try ExportedExecutable(
          object(ExportedContext.self, context), read, inputs: buffers(bindings.inputs, read.inputs.count),
          states: buffers(bindings.states, read.states.count),
          outputs: buffers(bindings.outputs, read.outputs.count)))
    }
  }
  table.program_destroy = { _, executable in release(ExportedExecutable.self, executable) }
  table.submit = { _, executable in
    ExportedError.status { try object(ExportedExecutable.self, executable).run() }
  }
  // A submitted program is done when `submit` returns.
  table.wait = { _ in SFUMATO_OK }
}

/// Node `index` of a program; nil when this side does not know it.
private func node(_ index: Int, of program: sfumato_program) throws -> Node? {
  guard index < Int(program.node_count), let flat = program.nodes?[index] else {
    throw missing("node \(index)")
  }
  // Only the operands' types: this is asked for each node of large programs.
  return try? Node(flat.pointee) { number throws(BackendError) in
    guard number < Int(program.value_count), let value = program.values?[number] else { return nil }
    return try TensorType(value.pointee)
  }
}

// MARK: Handles

private func handle(_ object: some AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

private func object<Object: AnyObject>(_ type: Object.Type, _ handle: OpaquePointer?) throws -> Object {
  guard let handle else { throw missing("\(type)") }
  return Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

private func release<Object: AnyObject>(_ type: Object.Type, _ handle: OpaquePointer?) {
  if let handle { Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release() }
}

private func buffers(_ list: UnsafePointer<OpaquePointer?>?, _ count: Int) throws -> [ExportedBuffer] {
  try (0..<count).map { try object(ExportedBuffer.self, list?[$0]) }
}

private func range(_ buffer: OpaquePointer?, _ offset: Int, _ count: Int) throws
  -> UnsafeMutableRawBufferPointer
{
  let bytes = try object(ExportedBuffer.self, buffer).bytes
  guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
    throw BackendError.mismatch(
      name: "buffer", found: "bytes \(offset) to \(offset + count)", expected: "at most \(bytes.count)")
  }
  return UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + count])
}

// MARK: Errors and descriptions

private func missing(_ what: String) -> BackendError {
  .mismatch(name: "argument", found: "NULL", expected: what)
}

private func noDevice(_ index: UInt32) -> BackendError {
  .unavailable(backend: "library", problem: "there is no device \(index)", remedy: "ask for the count")
}

private func fill(_ info: UnsafeMutablePointer<sfumato_device_info>, _ device: DeviceInfo) {
  func copy(_ text: String, into place: UnsafeMutableRawBufferPointer) {
    let bytes = Array(text.utf8.prefix(place.count - 1)) + [0]
    place.copyBytes(from: bytes)
  }
  withUnsafeMutableBytes(of: &info.pointee.name) { copy(device.name, into: $0) }
  withUnsafeMutableBytes(of: &info.pointee.driver) { copy(device.driver, into: $0) }
  info.pointee.kind = Int32(bitPattern: device.kind.code.rawValue)
  info.pointee.memory = UInt64(device.memory ?? 0)
}

extension DeviceInfo.Kind {
  fileprivate var code: sfumato_device_kind {
    switch self {
    case .discreteGPU: SFUMATO_DEVICE_DISCRETE_GPU
    case .integratedGPU: SFUMATO_DEVICE_INTEGRATED_GPU
    case .virtualGPU: SFUMATO_DEVICE_VIRTUAL_GPU
    case .software: SFUMATO_DEVICE_SOFTWARE
    case .cpu: SFUMATO_DEVICE_CPU
    case .accelerator, .reference: SFUMATO_DEVICE_OTHER
    }
  }
}
