import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

// A cluster of elementwise operations that follows a convolution or a product, such as a bias, a time embedding or a residual:
// each piece of the result is worked on as soon as it is there, while it is in the cache.
extension Lowering {
  /// The cluster that is the next thing to run after a node.
  func follower(of index: Int, before limit: Int?) -> Int? {
    let after = program.nodes.indices[(index + 1)...].first { !plan.isElided[$0] }
    guard let after, after < limit ?? Int.max else { return nil }
    switch program.nodes[after].op {
    case .unary, .binary, .cast, .select: return after
    case .region(let region): return region.isPointwise ? after : nil
    default: return nil
    }
  }

  /// The phases of a node with a cluster run on what each unit of the last one finishes; nil where that is not possible.
  func finish(_ phases: [Phase], of node: Node, with next: Node) throws(BackendError) -> [Phase]? {
    guard let last = phases.last, let finished = last.finished, last.units > 0,
      let result = node.outputs.first,
      next.inputs.contains(result), let cluster = try pointwiseCluster(next),
      cluster.count == program[result].count
    else { return nil }
    // It must read the result element by element, and write nothing that units still to come will read.
    let isInPlace =
      cluster.readInPlace.contains(result) && !cluster.readOtherwise.contains { overlaps($0, result) }
    let isSafe = !next.outputs.contains { output in node.inputs.contains { overlaps(output, $0) } }
    let isAligned = (0..<last.units).allSatisfy { finished($0).lowerBound % cluster.alignment == 0 }
    guard isInPlace, isSafe, isAligned else { return nil }
    let table = table, workspace = workspace
    let both = Phase(units: last.units) { unit, worker in
      last.body(unit, worker)
      cluster.run(finished(unit), table, workspace.scratch(worker))
    }
    return phases.dropLast() + [both]
  }

  /// Whether two values have memory in common.
  private func overlaps(_ a: ValueID, _ b: ValueID) -> Bool {
    let (first, second) = (plan[a], plan[b])
    return first.base == second.base && first.byteOffset < second.byteOffset + program[b].byteCount
      && second.byteOffset < first.byteOffset + program[a].byteCount
  }
}
