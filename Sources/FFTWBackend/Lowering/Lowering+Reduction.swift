import CVectorKernels
import SfumatoBackend
import SfumatoGraph

extension Lowering {
  /// A sum or maximum over axes: one pass a run of neighbouring reduced axes, the innermost first.
  func reduction(_ op: ReduceOp, _ axes: [Int], _ node: Node) throws(BackendError) -> [Phase] {
    let type = program[node.inputs[0]]
    let groups = ReductionGroups(type.shape.dimensions, axes)
    if type.dtype.isFloat {
      return inFloats(node) { inputs, outputs, cursor in
        floatPasses(op, groups, inputs[0], outputs[0], &cursor)
      }
    }
    return integerPasses(op, type.dtype, groups, node)
  }

  private func floatPasses(
    _ op: ReduceOp, _ groups: ReductionGroups, _ input: FloatSource, _ output: FloatSource,
    _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    if groups.passes.isEmpty { return [copyFloats(input, output, groups.count)] }
    var phases: [Phase] = [], from = input
    for (index, pass) in groups.passes.enumerated() {
      let isLast = index == groups.passes.count - 1
      let to = isLast ? output : .workspace(workspace, cursor.take(pass.outer * pass.inner))
      phases += reduce(op, pass, from, to, &cursor)
      from = to
    }
    return phases
  }

  private func copyFloats(_ from: FloatSource, _ to: FloatSource, _ count: Int) -> Phase {
    Phase(units: 1) { _, _ in to.pointer.update(from: from.pointer, count: count) }
  }

  /// (outer, middle, inner) → (outer, inner). A long middle with nothing beside it is cut into a fixed number of parts.
  func reduce(
    _ op: ReduceOp, _ pass: ReductionGroups.Pass, _ from: FloatSource, _ to: FloatSource,
    _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let parts = pass.parts
    guard parts > 1 else { return [reduceWhole(op, pass, from, to)] }
    let partial = FloatSource.workspace(workspace, cursor.take(parts * pass.outer * pass.inner))
    let length = pass.middle / parts
    let first = ReductionGroups.Pass(outer: pass.outer * parts, middle: length, inner: pass.inner)
    let second = ReductionGroups.Pass(outer: pass.outer, middle: parts, inner: pass.inner)
    return [reduceWhole(op, first, from, partial), reduceWhole(op, second, partial, to)]
  }

  private func reduceWhole(
    _ op: ReduceOp, _ pass: ReductionGroups.Pass, _ from: FloatSource, _ to: FloatSource
  ) -> Phase {
    let table = table
    let pieces = Pieces(pass.outer, grain: max(1, (1 << 14) / max(1, pass.middle * pass.inner)))
    let (middle, inner) = (pass.middle, pass.inner)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      let x = from.pointer + range.lowerBound * middle * inner, y = to.pointer + range.lowerBound * inner
      if inner == 1 {
        (op == .sum ? table.sumRows : table.maxRows)(Int64(range.count), Int64(middle), x, y)
        return
      }
      for row in 0..<range.count {
        (op == .sum ? table.sumColumns : table.maxColumns)(
          Int64(middle), Int64(inner), x + row * middle * inner, Int64(inner), y + row * inner)
      }
    }
  }

  private func integerPasses(_ op: ReduceOp, _ dtype: DType, _ groups: ReductionGroups, _ node: Node)
    -> [Phase]
  {
    let kind =
      op == .sum ? IntegerReductionSum : dtype == .i32 ? IntegerReductionMax : IntegerReductionMaxUnsigned
    var cursor = WorkspaceCursor()
    var from = FloatSource.memory(values[node.inputs[0]].assumingMemoryBound(to: Float.self))
    let output = FloatSource.memory(values[node.outputs[0]].assumingMemoryBound(to: Float.self))
    if groups.passes.isEmpty { return [copyFloats(from, output, groups.count)] }
    var phases: [Phase] = []
    for (index, pass) in groups.passes.enumerated() {
      let isLast = index == groups.passes.count - 1
      let to = isLast ? output : .workspace(workspace, cursor.take(pass.outer * pass.inner))
      let source = from
      phases.append(
        Phase(units: 1) { _, _ in
          reduceIntegers(
            kind, 0, Int64(pass.outer), Int64(pass.middle), Int64(pass.inner),
            UnsafeRawPointer(source.pointer).assumingMemoryBound(to: UInt32.self),
            UnsafeMutableRawPointer(to.pointer).assumingMemoryBound(to: UInt32.self))
        })
      from = to
    }
    workspace.needShared(cursor.floats)
    return phases
  }
}

/// The passes of a reduction.
struct ReductionGroups {
  struct Pass {
    var outer: Int
    var middle: Int
    var inner: Int

    /// Into how many equal parts the middle is cut, so that all cores have work: a function of the extents alone.
    var parts: Int {
      guard outer < 8, middle * inner >= 1 << 16 else { return 1 }
      return [32, 16, 8, 4, 2].first { middle % $0 == 0 && middle / $0 >= 64 } ?? 1
    }
  }

  private(set) var passes: [Pass] = []
  let count: Int

  init(_ extents: [Int], _ axes: [Int]) {
    count = extents.reduce(1, *)
    // Runs of neighbouring axes that are all reduced, or all kept.
    var runs: [(extent: Int, isReduced: Bool)] = []
    for axis in extents.indices where extents[axis] != 1 {
      let isReduced = axes.contains(axis)
      if let last = runs.last, last.isReduced == isReduced {
        runs[runs.count - 1].extent *= extents[axis]
      } else {
        runs.append((extents[axis], isReduced))
      }
    }
    for index in runs.indices.reversed() where runs[index].isReduced {
      let outer = runs[..<index].reduce(1) { $0 * $1.extent }
      let inner = runs[(index + 1)...].reduce(1) { $0 * ($1.isReduced ? 1 : $1.extent) }
      passes.append(Pass(outer: outer, middle: runs[index].extent, inner: inner))
    }
  }
}
