import SfumatoGraph

/// Gives every value of a program a place.
///
/// Views first, then operands of concatenations into their results, new states onto the old ones, outputs of
/// pointwise nodes onto operands that die there; what is left shares one arena by liveness, largest first.
///
/// Throws when new states depend on each other's old values in a circle, so that no order of copies serves.
///
/// - Parameter arenaPage: where given, the arena can be cut at its multiples, which must be of 256 bytes: no value lies across
///   one, unless it is larger itself.
public func plan(_ program: Program, arenaPage: Int? = nil) throws(GraphError) -> MemoryPlan {
  var planner = Planner(program, arenaPage: arenaPage)
  planner.placeBorders()
  planner.placeViews()
  planner.placeConcatOperands()
  planner.placeStatesInPlace()
  planner.reuseDyingOperands()
  return try planner.finish()
}

private struct Planner {
  /// Where a value's memory is: its own, or inside another value's.
  enum Home {
    case own
    case fixed(MemoryPlan.Base)
    case inside(ValueID, byteOffset: Int)
  }

  let program: Program
  let arenaPage: Int?
  let producers: [Int?]
  var homes: [Home]
  var isElided: [Bool]
  /// Values that other values were placed into, or that were placed for good.
  var isSettled: [Bool]
  var stateCopies: [(value: ValueID, state: Int)] = []

  init(_ program: Program, arenaPage: Int?) {
    self.program = program
    self.arenaPage = arenaPage
    producers = program.producers()
    homes = Array(repeating: .own, count: program.values.count)
    isElided = Array(repeating: false, count: program.nodes.count)
    isSettled = Array(repeating: false, count: program.values.count)
  }

  /// The value in whose memory `value` lies, and where in it.
  func root(_ value: ValueID) -> (value: ValueID, byteOffset: Int) {
    var current = value, offset = 0
    while case .inside(let outer, let byteOffset) = homes[current.index] {
      current = outer
      offset += byteOffset
    }
    return (current, offset)
  }

  // MARK: Placement

  mutating func placeBorders() {
    for (index, port) in program.inputs.enumerated() { homes[port.value.index] = .fixed(.input(index)) }
    for (index, state) in program.states.enumerated() { homes[state.input.index] = .fixed(.state(index)) }
  }

  mutating func placeViews() {
    for (index, node) in program.nodes.enumerated() {
      switch node.op {
      case .constant:
        homes[node.outputs[0].index] = .fixed(.constant(index))
      case .reshape, .stopGradient:
        homes[node.outputs[0].index] = .inside(node.inputs[0], byteOffset: 0)
      case .slice(let starts, let limits, let strides):
        let type = program[node.inputs[0]]
        guard let offset = contiguousOffset(type.shape, starts, limits, strides) else { continue }
        homes[node.outputs[0].index] = .inside(node.inputs[0], byteOffset: offset * type.dtype.byteSize)
      default: continue
      }
      isElided[index] = true
    }
  }

  /// The first element of a slice whose elements lie one after another, or nil.
  private func contiguousOffset(_ shape: Shape, _ starts: [Int], _ limits: [Int], _ strides: [Int]) -> Int? {
    var isInsideRow = false
    for axis in 0..<shape.rank {
      let extent = limits[axis] - starts[axis]
      if isInsideRow, extent != shape[axis] { return nil }
      if extent > 1, strides[axis] != 1 { return nil }
      if extent > 1 { isInsideRow = true }
    }
    return zip(starts, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  mutating func placeConcatOperands() {
    for (index, node) in program.nodes.enumerated() {
      guard case .concat(let axis) = node.op else { continue }
      let result = node.outputs[0], type = program[result]
      guard type.shape.dimensions[..<axis].allSatisfy({ $0 == 1 }) else { continue }
      let rowBytes = type.shape.dimensions[(axis + 1)...].reduce(type.dtype.byteSize, *)
      var offset = 0, isComplete = true
      for operand in node.inputs {
        let (home, inner) = root(operand)
        if inner == 0, program[home].byteCount == program[operand].byteCount, canMove(home) {
          homes[home.index] = .inside(result, byteOffset: offset)
          isSettled[result.index] = true
        } else {
          isComplete = false
        }
        offset += program[operand].shape[axis] * rowBytes
      }
      isElided[index] = isComplete
    }
  }

  /// Whether a value has memory of its own that nothing was placed into yet.
  private func canMove(_ value: ValueID) -> Bool {
    guard case .own = homes[value.index] else { return false }
    return producers[value.index] != nil && !isSettled[value.index]
  }

  mutating func placeStatesInPlace() {
    let lastReads = lastReads()
    for (index, state) in program.states.enumerated() where state.output != state.input {
      let (home, offset) = root(state.output)
      let fits = offset == 0 && program[home].byteCount == program[state.input].byteCount
      if fits, let producer = producers[home.index], canReplace(state.input, home, at: producer, lastReads) {
        homes[home.index] = .inside(state.input, byteOffset: 0)
      } else {
        stateCopies.append((state.output, index))
      }
    }
  }

  private func canReplace(
    _ state: ValueID, _ value: ValueID, at producer: Int, _ lastReads: [Int]
  ) -> Bool {
    guard canMove(value), lastReads[state.index] <= producer else { return false }
    return lastReads[state.index] < producer || readsElementwise(program.nodes[producer], state)
  }

  /// The last node that reads each root's memory, also through views; nodes.count if it is read after the last.
  private func lastReads() -> [Int] {
    var last = [Int](repeating: -1, count: program.values.count)
    for (index, node) in program.nodes.enumerated() where !isElided[index] {
      for input in node.inputs { last[root(input).value.index] = index }
    }
    for value in program.results { last[root(value).value.index] = program.nodes.count }
    return last
  }

  /// Whether a node reads the memory of `operand` only at the element that it writes.
  private func readsElementwise(_ node: Node, _ operand: ValueID) -> Bool {
    guard let output = node.outputs.first else { return false }
    for (position, input) in node.inputs.enumerated() where root(input).value == operand {
      guard root(input).byteOffset == 0, program[input].shape == program[output].shape,
        program[input].byteCount == program[operand].byteCount
      else { return false }
      switch node.op {
      case .unary, .binary, .cast, .select: continue
      case .region(let region) where region.readsElementwise(position): continue
      default: return false
      }
    }
    return true
  }

  mutating func reuseDyingOperands() {
    var last = lastReads()
    for (index, node) in program.nodes.enumerated() {
      for output in node.outputs {
        guard canMove(output) else { continue }
        for input in node.inputs {
          let (home, offset) = root(input)
          guard case .own = homes[home.index], producers[home.index] != nil, offset == 0,
            last[home.index] == index, program[home].byteCount == program[output].byteCount,
            readsElementwise(node, home)
          else { continue }
          // The memory lives on under its first name, for as long as the output is read.
          last[home.index] = last[output.index]
          homes[output.index] = .inside(home, byteOffset: 0)
          break
        }
      }
    }
  }

  // MARK: The arena

  consuming func finish() throws(GraphError) -> MemoryPlan {
    try sortStateCopies()
    let lives = lives()
    let (offsets, size) = packByLiveness(lives, page: arenaPage)
    let locations = program.values.indices.map { index in
      let (home, offset) = root(ValueID(index))
      if case .fixed(let base) = homes[home.index] {
        return MemoryPlan.Location(base: base, byteOffset: offset)
      }
      return MemoryPlan.Location(base: .arena, byteOffset: (offsets[home] ?? 0) + offset)
    }
    return MemoryPlan(
      locations: locations, isElided: isElided, stateCopies: stateCopies, arenaByteCount: size,
      arenaPageByteCount: arenaPage,
      lowerBound: mostLiveBytes(lives, nodeCount: program.nodes.count), naiveByteCount: naiveByteCount())
  }

  /// The spans of all values that have arena memory of their own, with what was placed into them.
  private func lives() -> [Life<ValueID>] {
    var byRoot: [ValueID: Life<ValueID>] = [:]
    func extend(_ value: ValueID, to node: Int) {
      let home = root(value).value
      guard case .own = homes[home.index] else { return }
      var life =
        byRoot[home] ?? Life(value: home, byteCount: program[home].byteCount, first: node, last: node)
      life.first = min(life.first, node)
      life.last = max(life.last, node)
      byRoot[home] = life
    }
    for (index, node) in program.nodes.enumerated() {
      for value in node.outputs { extend(value, to: index) }
      if !isElided[index] { for value in node.inputs { extend(value, to: index) } }
    }
    for value in program.results { extend(value, to: program.nodes.count) }
    return byRoot.values.sorted { $0.value < $1.value }
  }

  /// Orders the copies so that a state is overwritten only after whatever reads its old value.
  private mutating func sortStateCopies() throws(GraphError) {
    var pending = stateCopies
    stateCopies = []
    while !pending.isEmpty {
      let free = pending.firstIndex { candidate in
        !pending.contains { other in
          other.state != candidate.state && root(other.value).value == program.states[candidate.state].input
        }
      }
      guard let free else {
        throw GraphError(
          operation: "plan", node: program.states[pending[0].state].name,
          problem: "states take each other's old values in a circle; add 0 to one of them")
      }
      stateCopies.append(pending.remove(at: free))
    }
  }

  private func naiveByteCount() -> Int {
    program.nodes.reduce(0) { sum, node in node.outputs.reduce(sum) { $0 + program[$1].byteCount } }
  }
}
