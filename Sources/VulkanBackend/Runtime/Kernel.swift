import SfumatoBackend

/// The identity of a compute pipeline: its code, its specialization constants, and how many buffers it binds.
struct Kernel: Hashable {
  /// Where the SPIR-V comes from.
  enum Code: Hashable {
    /// A shader compiled from `Shaders/`, by its variant's name.
    case embedded(String)
    /// Words generated for this program.
    case generated([UInt32])
    /// Such a shader, by its name, with generated words for what becomes of its results.
    case linked(String, [UInt32])
  }

  var code: Code
  /// The values of the specialization constants 0, 1, 2, … (bits of a `uint` or an `int`).
  var constants: [UInt32] = []
  /// The number of storage buffers, bound at 0, 1, 2, ….
  var bindings: Int
  /// The size of subgroups where the kernel depends on it, all of them full; nil for any.
  var subgroupSize: Int? = nil

  /// For people: a shader's name, with its specialization constants.
  var name: String {
    switch code {
    case .embedded(let name): ([name] + constants.map { "\($0)" }).joined(separator: " ")
    case .generated: "pointwise"
    case .linked(let name, _): ([name, "→ pointwise"] + constants.map { "\($0)" }).joined(separator: " ")
    }
  }
}

/// A buffer of a step, by number; the step knows which `Buffer` it stands for.
struct BufferID: Hashable {
  var index: Int
}

/// A range of bytes in a buffer.
struct ByteRange: Hashable {
  var buffer: BufferID
  var offset: Int
  var count: Int

  func overlaps(_ other: ByteRange) -> Bool {
    buffer == other.buffer && offset < other.offset + other.count && other.offset < offset + count
  }
}

/// Whether a kernel reads or writes what it binds.
enum Access: Hashable {
  case read
  case write
  case readWrite

  var reads: Bool { self != .write }
  var writes: Bool { self != .read }
}

/// A window of a buffer that a kernel sees as one storage buffer.
struct Binding: Hashable {
  var range: ByteRange
  var access: Access
}

/// One launch of a kernel.
struct Dispatch: Hashable {
  var kernel: Kernel
  var bindings: [Binding]
  /// The push constants, at most 32 words (the 128 bytes that every device has).
  var push: [UInt32]
  /// The number of workgroups; folded over two dimensions where one is too small.
  var groups: Int
  /// The bytes of the tensors that it reads and writes.
  var traffic: MemoryTraffic
}

/// One command of a step.
enum Command: Hashable {
  case dispatch(Dispatch)
  case copy(from: ByteRange, to: ByteRange)
  case zero(ByteRange)

  /// What it reads from memory and writes to it.
  var traffic: MemoryTraffic {
    switch self {
    case .dispatch(let dispatch): dispatch.traffic
    case .copy(let source, let target): MemoryTraffic(read: source.count, written: target.count)
    case .zero(let range): MemoryTraffic(written: range.count)
    }
  }

  /// The bytes that the command reads and writes.
  var accesses: [Binding] {
    switch self {
    case .dispatch(let dispatch): dispatch.bindings
    case .copy(let source, let target):
      [Binding(range: source, access: .read), Binding(range: target, access: .write)]
    case .zero(let range): [Binding(range: range, access: .write)]
    }
  }
}
