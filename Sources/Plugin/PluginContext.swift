import CSfumatoBackend
import SfumatoBackend

/// An open device of a library. Everything made in it keeps it alive.
final class PluginContext {
  let library: PluginLibrary
  let handle: OpaquePointer
  var table: sfumato_backend { library.table.pointee }

  init(_ library: PluginLibrary, device: Int) throws(BackendError) {
    self.library = library
    var handle: OpaquePointer?
    // As many threads as it likes: it works while the host waits.
    var options = sfumato_context_options()
    options.struct_size = MemoryLayout<sfumato_context_options>.size
    try library.check(
      library.table.pointee.context_create(UInt32(device), &options, &handle), "opening device \(device)")
    guard let handle else {
      throw .unavailable(
        backend: library.name, problem: "opening device \(device) handed out nothing",
        remedy: "choose another --backend")
    }
    self.handle = handle
  }

  deinit { library.table.pointee.context_destroy(handle) }
}

/// Memory of a context: its own, or the host's.
final class PluginBuffer {
  let handle: OpaquePointer
  let byteCount: Int
  private let context: PluginContext

  /// New memory, filled with zeros.
  init(_ context: PluginContext, byteCount: Int) throws(BackendError) {
    var handle: OpaquePointer?
    try context.library.check(
      context.table.buffer_create(context.handle, byteCount, &handle),
      "making a buffer of \(mebibytes(byteCount))")
    self.handle = try Self.made(handle, context)
    self.byteCount = byteCount
    self.context = context
  }

  /// The host's memory, which must outlive this; nil where the backend cannot use it.
  init?(_ context: PluginContext, importing memory: UnsafeMutableRawPointer, byteCount: Int)
    throws(BackendError)
  {
    guard let bufferImport = context.library.bufferImport else { return nil }
    var handle: OpaquePointer?
    try context.library.check(
      bufferImport(context.handle, memory, byteCount, &handle), "importing \(mebibytes(byteCount))")
    self.handle = try Self.made(handle, context)
    self.byteCount = byteCount
    self.context = context
  }

  deinit { context.table.buffer_destroy(context.handle, handle) }

  func write(_ bytes: UnsafeRawBufferPointer) throws(BackendError) {
    try context.library.check(
      context.table.buffer_write(context.handle, handle, 0, bytes.baseAddress, bytes.count),
      "writing a buffer")
  }

  func read(into bytes: UnsafeMutableRawBufferPointer) throws(BackendError) {
    try context.library.check(
      context.table.buffer_read(context.handle, handle, 0, bytes.baseAddress, bytes.count), "reading a buffer"
    )
  }

  private static func made(_ handle: OpaquePointer?, _ context: PluginContext) throws(BackendError)
    -> OpaquePointer
  {
    if let handle { return handle }
    throw .unavailable(
      backend: context.library.name, problem: "making a buffer handed out nothing",
      remedy: "choose another --backend")
  }
}
