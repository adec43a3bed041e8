import CVectorKernels
import SfumatoBackend
import SfumatoGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A zero-filled piece of memory at a 64-byte boundary, with a margin behind it that vector loads may run into.
final class Memory {
  static let margin = 256
  private static let largePage = 2 << 20
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  init(byteCount: Int, purpose: String) throws(BackendError) {
    var pointer: UnsafeMutableRawPointer?
    let isLarge = byteCount >= Self.largePage / 2
    let alignment = isLarge ? Self.largePage : 64
    let whole = (byteCount + Self.margin + alignment - 1) / alignment * alignment
    let failed = posix_memalign(&pointer, alignment, whole) != 0
    guard !failed, let pointer else {
      throw .outOfMemory(
        device: "CPU", needed: byteCount, available: Processor.availableMemory,
        remedy: "\(purpose) cannot be allocated; use a smaller batch or model")
    }
    // Kernels walk many rows at once; with small pages each row would need a translation of its own. Only a wish.
    if isLarge { madvise(pointer, whole, MADV_HUGEPAGE) }
    memset(pointer, 0, whole)
    base = pointer
    self.byteCount = byteCount
  }

  deinit { free(base) }

  func copy(from bytes: [UInt8]) {
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      base.copyMemory(from: start, byteCount: min(source.count, byteCount))
    }
  }
}

/// The memory that a step's kernels work in beside the program's values: a workspace that kernels use one after the other,
/// and scratch for each worker. Both are allocated once, when all kernels have said what they need.
final class Workspace {
  private(set) var sharedFloats = 0
  private(set) var scratchFloats = 0
  private var shared: Memory?
  private var scratches: [Memory] = []
  private(set) var base: UnsafeMutablePointer<Float>
  private var scratchBases: [UnsafeMutablePointer<Float>] = []

  init() {
    // Replaced before any kernel runs.
    base = UnsafeMutablePointer(bitPattern: 64) ?? UnsafeMutablePointer.allocate(capacity: 0)
  }

  /// Notes that a kernel needs so many floats of the shared workspace.
  func needShared(_ floats: Int) { sharedFloats = max(sharedFloats, floats) }
  /// Notes that each worker needs so many floats of scratch.
  func needScratch(_ floats: Int) { scratchFloats = max(scratchFloats, floats) }

  var byteCount: Int { 4 * (sharedFloats + scratchFloats * scratchBases.count) }

  func allocate(workers: Int) throws(BackendError) {
    let shared = try Memory(byteCount: sharedFloats * 4, purpose: "the workspace")
    self.shared = shared
    base = shared.base.assumingMemoryBound(to: Float.self)
    for _ in 0..<workers {
      scratches.append(try Memory(byteCount: scratchFloats * 4, purpose: "a thread's scratch"))
    }
    scratchBases = scratches.map { $0.base.assumingMemoryBound(to: Float.self) }
  }

  func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> { scratchBases[worker] }
}

/// Hands out pieces of the shared workspace to one kernel.
struct WorkspaceCursor {
  private(set) var floats = 0

  /// The offset of a piece of so many floats, at a 64-byte boundary.
  mutating func take(_ count: Int) -> Int {
    defer { floats += (count + 31) / 16 * 16 }
    return floats
  }
}
