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
  /// Bytes that were mapped; nil for memory of the allocator.
  private let mappedByteCount: Int?

  init(byteCount: Int, purpose: String) throws(BackendError) {
    let isLarge = byteCount >= Self.largePage / 2
    let alignment = isLarge ? Self.largePage : 64
    let whole = (byteCount + Self.margin + alignment - 1) / alignment * alignment
    guard let pointer = isLarge ? Self.mapped(whole) : Self.allocated(whole) else {
      throw .outOfMemory(
        device: "CPU", needed: byteCount, available: Processor.availableMemory,
        remedy: "\(purpose) cannot be allocated; use a smaller batch or model")
    }
    base = pointer
    self.byteCount = byteCount
    mappedByteCount = isLarge ? whole : nil
  }

  deinit {
    if let mappedByteCount { munmap(base, mappedByteCount) } else { free(base) }
  }

  private static func allocated(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, 64, byteCount) == 0, let pointer else { return nil }
    memset(pointer, 0, byteCount)
    return pointer
  }

  /// Fresh pages, which are zero without having been written: what a step does not use is never there.
  private static func mapped(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let room = byteCount + largePage
    guard let start = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != UnsafeMutableRawPointer(bitPattern: -1)
    else { return nil }
    // What lies before and behind the aligned piece is given back.
    let before = (largePage - Int(bitPattern: start) % largePage) % largePage
    let pointer = start + before
    if before > 0 { munmap(start, before) }
    if before < largePage { munmap(pointer + byteCount, largePage - before) }
    // Kernels walk many rows at once; with small pages each row would need a translation of its own. Only a wish.
    madvise(pointer, byteCount, MADV_HUGEPAGE)
    return pointer
  }

  func copy(from bytes: [UInt8]) {
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      base.copyMemory(from: start, byteCount: min(source.count, byteCount))
    }
  }
}

/// The memory that a step's kernels work in beside the program's values: a workspace that kernels use one after the other,
/// what some keep for others, and scratch for each worker. All are allocated once, when all kernels have said what they need.
final class Workspace {
  private(set) var sharedFloats = 0
  private(set) var scratchFloats = 0
  private(set) var pieceFloats = 0
  private(set) var keptFloats = 0
  private var shared: Memory?
  private var kept: Memory?
  private var scratches: [Memory] = []
  private(set) var base: UnsafeMutablePointer<Float>
  private(set) var keptBase: UnsafeMutablePointer<Float>
  private var scratchBases: [UnsafeMutablePointer<Float>] = []

  init() {
    // Replaced before any kernel runs.
    base = UnsafeMutablePointer(bitPattern: 64) ?? UnsafeMutablePointer.allocate(capacity: 0)
    keptBase = base
  }

  /// Notes that a kernel needs so many floats of the shared workspace.
  func needShared(_ floats: Int) { sharedFloats = max(sharedFloats, floats) }
  /// Notes that kernels keep so many floats for others.
  func needKept(_ floats: Int) { keptFloats = max(keptFloats, floats) }
  /// Notes that each worker needs so many floats of scratch.
  func needScratch(_ floats: Int) { scratchFloats = max(scratchFloats, floats) }

  /// Notes that each worker needs so many floats for pieces of values that are stored in 16 bits.
  func needPieces(_ floats: Int) { pieceFloats = max(pieceFloats, floats) }

  var byteCount: Int { 4 * (sharedFloats + keptFloats + workerFloats * scratchBases.count) }
  private var pieceOffset: Int { (scratchFloats + 31) / 16 * 16 }
  private var workerFloats: Int { pieceFloats == 0 ? scratchFloats : pieceOffset + pieceFloats }

  /// Makes the memory; where there is enough already from last time, it stays.
  func allocate(workers: Int) throws(BackendError) {
    if (shared?.byteCount ?? -1) < sharedFloats * 4 {
      let shared = try Memory(byteCount: sharedFloats * 4, purpose: "the workspace")
      self.shared = shared
      base = shared.base.assumingMemoryBound(to: Float.self)
    }
    if (kept?.byteCount ?? 0) < keptFloats * 4 {
      let kept = try Memory(byteCount: keptFloats * 4, purpose: "memory for spectra")
      self.kept = kept
      keptBase = kept.base.assumingMemoryBound(to: Float.self)
    }
    if scratches.count < workers || scratches.contains(where: { $0.byteCount < workerFloats * 4 }) {
      scratches = []
      for _ in 0..<workers {
        scratches.append(try Memory(byteCount: workerFloats * 4, purpose: "a thread's scratch"))
      }
      scratchBases = scratches.map { $0.base.assumingMemoryBound(to: Float.self) }
    }
  }

  func scratch(_ worker: Int) -> UnsafeMutablePointer<Float> { scratchBases[worker] }
  func pieces(_ worker: Int) -> UnsafeMutablePointer<Float> { scratchBases[worker] + pieceOffset }
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
