import SfumatoGraph

extension Lowering {
  /// Running sums: of floats in double precision, rounded where they are stored.
  func cumsum(_ axis: Int, _ reversed: Bool, _ node: Node) -> [Phase] {
    let type = program[node.outputs[0]]
    let lines = ScanLines(type.shape, axis: axis, reversed: reversed)
    guard type.count > 0 else { return [] }
    if !type.dtype.isFloat {
      let from = values[node.inputs[0]].assumingMemoryBound(to: UInt32.self)
      let to = values[node.outputs[0]].assumingMemoryBound(to: UInt32.self)
      return [
        lines.phase {
          lines.scan(from, to, $0, from: UInt32(0)) {
            $0 &+ $1
          } store: {
            $0
          }
        }
      ]
    }
    return inFloats(node) { inputs, outputs, _ in
      let (from, to) = (inputs[0], outputs[0])
      return [
        lines.phase {
          lines.scan(from.pointer, to.pointer, $0, from: 0.0) {
            $0 + Double($1)
          } store: {
            Float($0)
          }
        }
      ]
    }
  }
}

/// The lines of a tensor along an axis. Those that lie beside each other are walked together.
private struct ScanLines {
  /// Lines that are walked together.
  private static let width = 32

  private let length: Int
  private let inner: Int
  private let outer: Int
  private let reversed: Bool

  init(_ shape: Shape, axis: Int, reversed: Bool) {
    length = shape[axis]
    inner = shape.strides[axis]
    outer = shape.dimensions[..<axis].reduce(1, *)
    self.reversed = reversed
  }

  /// Work on all groups of lines.
  func phase(_ work: @escaping (Range<Int>) -> Void) -> Phase {
    let groups = outer * ((inner + Self.width - 1) / Self.width)
    let pieces = Pieces(groups, grain: max(1, (1 << 14) / (length * min(inner, Self.width))))
    return Phase(units: pieces.units) { unit, _ in work(pieces[unit]) }
  }

  func scan<Element, Sum>(
    _ from: UnsafeMutablePointer<Element>, _ to: UnsafeMutablePointer<Element>, _ groups: Range<Int>,
    from zero: Sum, add: (Sum, Element) -> Sum, store: (Sum) -> Element
  ) {
    let perItem = (inner + Self.width - 1) / Self.width
    withUnsafeTemporaryAllocation(of: Sum.self, capacity: Self.width) { sums in
      for group in groups {
        let first = group % perItem * Self.width, count = min(Self.width, inner - first)
        let base = group / perItem * length * inner + first
        for lane in 0..<count { sums[lane] = zero }
        for step in 0..<length {
          let row = base + (reversed ? length - 1 - step : step) * inner
          for lane in 0..<count {
            sums[lane] = add(sums[lane], from[row + lane])
            to[row + lane] = store(sums[lane])
          }
        }
      }
    }
  }
}
