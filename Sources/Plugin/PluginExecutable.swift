import CSfumatoBackend
import SfumatoBackend
import SfumatoGraph
import SfumatoInterface

/// A compiled program of a library with the memory that it is bound to.
final class PluginExecutable {
  private let context: PluginContext
  private let handle: OpaquePointer
  /// Kept for as long as the executable binds them.
  private let buffers: [PluginBuffer]

  init(
    _ context: PluginContext, _ program: Program, inputs: [PluginBuffer], states: [PluginBuffer],
    outputs: [PluginBuffer]
  ) throws(BackendError) {
    let flat = try FlatProgram(program)
    func handles(_ buffers: [PluginBuffer]) -> [OpaquePointer?] { buffers.map(\.handle) }
    var executable: OpaquePointer?
    let (i, s, o) = (handles(inputs), handles(states), handles(outputs))
    let status = i.withUnsafeBufferPointer { i in
      s.withUnsafeBufferPointer { s in
        o.withUnsafeBufferPointer { o in
          var bindings = sfumato_bindings(
            struct_size: MemoryLayout<sfumato_bindings>.size, inputs: i.baseAddress, states: s.baseAddress,
            outputs: o.baseAddress)
          return context.table.program_compile(context.handle, flat.program, &bindings, &executable)
        }
      }
    }
    try context.library.check(status, "compiling a program of \(program.nodes.count) operations")
    guard let executable else {
      throw .unavailable(
        backend: context.library.name, problem: "compiling handed out nothing",
        remedy: "choose another --backend")
    }
    self.context = context
    handle = executable
    buffers = inputs + states + outputs
  }

  deinit { context.table.program_destroy(context.handle, handle) }

  func submit() throws(BackendError) {
    try context.library.check(context.table.submit(context.handle, handle), "submitting a program")
  }

  func wait() throws(BackendError) {
    try context.library.check(context.table.wait(context.handle), "running a program")
  }
}
