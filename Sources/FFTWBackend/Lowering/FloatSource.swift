import CVectorKernels
import SfumatoGraph

/// Where a kernel that knows floats only finds an operand or leaves a result.
enum FloatSource {
  /// At a fixed place.
  case memory(Floats)
  /// In the workspace, whose place is known only once it is allocated.
  case workspace(Workspace, Int)
  /// In what the workspace keeps from one kernel to another.
  case kept(Workspace, Int)
  /// Stored in bf16, and read so.
  case stored(UnsafePointer<UInt16>)
  /// Stored in 16 bits; each unit converts the piece that it works on.
  case pieces(StoredPieces)

  /// The first of all floats.
  var pointer: Floats {
    switch self {
    case .memory(let pointer): pointer
    case .workspace(let workspace, let offset): workspace.base + offset
    case .kept(let workspace, let offset): workspace.keptBase + offset
    case .pieces, .stored: preconditionFailure("a kernel that asked for pieces takes the whole")
    }
  }

  /// The elements `range` as floats, to be read by a worker's unit.
  func read(_ range: Range<Int>, _ worker: Int) -> Floats {
    guard case .pieces(let stored) = self else { return pointer + range.lowerBound }
    stored.widen(range, worker)
    return stored.scratch(worker)
  }

  /// Where a worker's unit shall write the elements `range`, before it calls `keep`.
  func target(_ range: Range<Int>, _ worker: Int) -> Floats {
    guard case .pieces(let stored) = self else { return pointer + range.lowerBound }
    return stored.scratch(worker)
  }

  /// Stores the elements `range` of those that were written to `target(written, worker)`.
  func keep(_ range: Range<Int>, of written: Range<Int>, _ worker: Int) {
    guard case .pieces(let stored) = self else { return }
    stored.narrow(range, from: stored.scratch(worker) + (range.lowerBound - written.lowerBound))
  }

  var isInPieces: Bool { if case .pieces = self { true } else { false } }
}

/// A value in f16 or bf16 of which each worker has one piece at a time as floats in its scratch, where it stays in the cache.
struct StoredPieces {
  let base: UnsafeMutablePointer<UInt16>
  let storage: ElementStorage.RawValue
  let table: VectorKernels
  let workspace: Workspace
  /// Floats before the piece in a worker's memory for pieces.
  let offset: Int

  func scratch(_ worker: Int) -> Floats { workspace.pieces(worker) + offset }

  func widen(_ range: Range<Int>, _ worker: Int) {
    table.widen(Int64(range.count), base + range.lowerBound, storage, scratch(worker))
  }

  func narrow(_ range: Range<Int>, from floats: Floats) {
    table.narrow(Int64(range.count), floats, storage, base + range.lowerBound)
  }
}

/// Which operands and results a kernel takes in pieces, by their position, and the most elements of a piece; and which operands
/// in bf16 it takes as they are.
struct PieceSizes {
  var stored: Set<Int> = []
  var inputs: [Int: Int] = [:]
  var outputs: [Int: Int] = [:]
}
