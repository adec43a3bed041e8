import CVectorKernels

/// A fixed set of threads, the calling one among them, that run the units of one phase at a time.
final class Workers {
  let count: Int
  private let pool: OpaquePointer

  /// Nil when the threads cannot be started.
  init?(count: Int) {
    guard let pool = workerPoolCreate(Int32(count)) else { return nil }
    self.count = count
    self.pool = pool
  }

  deinit { workerPoolDestroy(pool) }

  /// Runs every unit of a phase and returns when all are done.
  func run(_ phase: Phase) {
    workerPoolRun(
      pool, Int64(phase.units),
      { context, unit, worker in
        guard let context else { return }
        Unmanaged<Phase>.fromOpaque(context).takeUnretainedValue().body(Int(unit), Int(worker))
      }, Unmanaged.passUnretained(phase).toOpaque())
  }
}

/// Work that is cut into units, which may run in any order on any worker: a unit writes what no other one touches, so that
/// results depend neither on the number of threads nor on their speed.
final class Phase {
  let units: Int
  /// The elements of the node's first result that a unit finishes, where these are neighbours; nil where they are not.
  let finished: ((_ unit: Int) -> Range<Int>)?
  let body: (_ unit: Int, _ worker: Int) -> Void

  init(
    units: Int, finished: ((_ unit: Int) -> Range<Int>)? = nil,
    _ body: @escaping (_ unit: Int, _ worker: Int) -> Void
  ) {
    self.units = units
    self.finished = finished
    self.body = body
  }
}

/// What runs a node: phases, one after the other.
struct Kernel {
  /// The operation, and where there are several algorithms, by which, with a space between.
  var name: String
  /// Where in the model the node was traced.
  var node: String
  /// Multiply-adds of its convolutions and matrix products.
  var multiplyAdds = 0
  var phases: [Phase]
  /// Somebody else, who runs this node and perhaps some after it; there are no phases then.
  var foreign: (() throws -> Void)?
}

/// `count` items cut into pieces of at least `grain`, but no more than `limit` pieces; a function of these numbers only.
struct Pieces {
  let count: Int
  let size: Int
  var units: Int { count == 0 ? 0 : (count + size - 1) / size }

  init(_ count: Int, grain: Int, limit: Int = 64, multipleOf unit: Int = 1) {
    self.count = count
    let size = max(grain, (count + limit - 1) / limit, 1)
    self.size = (size + unit - 1) / unit * unit
  }

  subscript(unit: Int) -> Range<Int> { unit * size..<min((unit + 1) * size, count) }
}
