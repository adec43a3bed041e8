import SfumatoGraph

/// Joins nodes with the `pointwise` regions that follow them: a bias, an embedding or a residual behind a convolution, a sum of
/// gradients behind the last one; and with slices and concatenations of channels that alone read what comes out.
///
/// - Parameter accepts: whether the backend's kernels for an operation take a cluster that follows, given the result's type.
public func fuseEpilogues(_ program: Program, accepts: (Op, TensorType) -> Bool) -> Program {
  var fusion = EpilogueFusion(program)
  for index in program.nodes.indices { fusion.join(index, accepts) }
  return fusion.rewritten()
}

private struct EpilogueFusion {
  private struct Join {
    var core: Int
    var cluster: Int
    /// The cluster's input that the core's first output becomes.
    var given: Int
    /// Where the joined node stands: at the core or at the cluster.
    var place: Int
    /// What alone reads each output of the cluster and moves its channels.
    var moves: [[Int]] = []
  }

  /// The most parts that an output is cut into, and the most elements that are stored with each.
  private static let mostMoves = 4

  private let program: Program
  private let producers: [Int?]
  private let consumers: [[Int]]
  private let isResult: [Bool]
  /// The index of the node at which each value is there; −1 for inputs and states.
  private var available: [Int]
  private var joins: [Join] = []
  private var isJoined: [Bool]

  init(_ program: Program) {
    self.program = program
    producers = program.producers()
    consumers = program.consumers()
    var isResult = [Bool](repeating: false, count: program.values.count)
    for value in program.results { isResult[value.index] = true }
    self.isResult = isResult
    available = producers.map { $0 ?? -1 }
    isJoined = Array(repeating: false, count: program.nodes.count)
  }

  /// Joins a cluster with the last node before it that takes it.
  mutating func join(_ index: Int, _ accepts: (Op, TensorType) -> Bool) {
    let node = program.nodes[index]
    guard case .region(let region) = node.op, region.isPointwise else { return }
    let candidates = node.inputs.indices.compactMap { position in
      candidate(index, region, position, accepts)
    }
    guard var best = candidates.max(by: { $0.core < $1.core }) else { return }
    best.moves = node.outputs.map { moves(of: $0, by: best) }
    joins.append(best)
    for joined in [best.core, index] + best.moves.joined() { isJoined[joined] = true }
    for value in program.nodes[best.core].outputs.dropFirst() { available[value.index] = best.place }
    for value in node.outputs + best.moves.joined().flatMap({ program.nodes[$0].outputs }) {
      available[value.index] = best.place
    }
  }

  /// The slices, or the concatenation, of channels that are all that reads an output of the cluster, and a reshape before them.
  private func moves(of value: ValueID, by join: Join) -> [Int] {
    let readers = consumers[value.index]
    guard !readers.isEmpty, !isResult[value.index], !readers.contains(where: { isJoined[$0] }) else {
      return []
    }
    let shape = program[value].shape
    // What lies together is no copy, and what is cut into crumbs is better moved by itself.
    guard shape.rank > 1, let channels = shape.dimensions.last, readers.count <= Self.mostMoves else {
      return []
    }
    if readers.count == 1, case .reshape(let reshaped) = program.nodes[readers[0]].op,
      reshaped.dimensions.last == shape.dimensions.last
    {
      // `fold` leaves no second one behind it.
      let behind = moves(of: program.nodes[readers[0]].outputs[0], by: join)
      return behind.isEmpty ? [] : readers + behind
    }
    let areSlices = readers.allSatisfy { program.nodes[$0].op.slicesChannels(of: shape) }
    if areSlices { return readers }
    guard readers.count == 1, case .concat(shape.rank - 1) = program.nodes[readers[0]].op else { return [] }
    let operands = program.nodes[readers[0]].inputs
    let own = program.nodes[join.core].outputs + program.nodes[join.cluster].outputs
    let areThere = operands.allSatisfy {
      $0 == value || (available[$0.index] < join.place && !own.contains($0))
    }
    let total = program[program.nodes[readers[0]].outputs[0]].shape.dimensions.last ?? 1
    let isOnce = operands.count(where: { $0 == value }) == 1
    return areThere && isOnce && total <= Self.mostMoves * channels ? readers : []
  }

  private func candidate(
    _ index: Int, _ region: Region, _ position: Int, _ accepts: (Op, TensorType) -> Bool
  ) -> Join? {
    let node = program.nodes[index], input = node.inputs[position]
    guard node.inputs.filter({ $0 == input }).count == 1, region.readsElementwise(position),
      let core = core(of: input), !isJoined[core]
    else { return nil }
    let outputs = program.nodes[core].outputs
    guard accepts(program.nodes[core].op, program[outputs[0]]) else { return nil }
    let others = node.inputs.map { $0 == input ? -1 : available[$0.index] }.max() ?? -1
    if others < core { return Join(core: core, cluster: index, given: position, place: core) }
    // Later, if nobody needs the node's other outputs before.
    let isNeeded = outputs.dropFirst().contains { output in
      consumers[output.index].contains { $0 <= index }
    }
    return isNeeded ? nil : Join(core: core, cluster: index, given: position, place: index)
  }

  /// The node whose first output `value` is, perhaps reshaped, if nothing else reads it on the way.
  private func core(of value: ValueID) -> Int? {
    var value = value
    while true {
      guard let producer = producers[value.index], consumers[value.index].count == 1, !isResult[value.index]
      else { return nil }
      guard case .reshape = program.nodes[producer].op else {
        return program.nodes[producer].outputs[0] == value ? producer : nil
      }
      value = program.nodes[producer].inputs[0]
    }
  }

  func rewritten() -> Program {
    var rewriter = ProgramRewriter(program)
    let byPlace = Dictionary(uniqueKeysWithValues: joins.map { ($0.place, $0) })
    // Reshapes between a node and its cluster.
    var isBetween = [Bool](repeating: false, count: program.nodes.count)
    for join in joins {
      var value = program.nodes[join.cluster].inputs[join.given]
      while let producer = producers[value.index], producer != join.core {
        isBetween[producer] = true
        value = program.nodes[producer].inputs[0]
      }
    }
    for (index, node) in program.nodes.enumerated() {
      if let join = byPlace[index] {
        emit(join, into: &rewriter)
      } else if !isJoined[index], !isBetween[index] {
        rewriter.copy(node)
      }
    }
    return rewriter.finish()
  }

  private func emit(_ join: Join, into rewriter: inout ProgramRewriter) {
    let core = program.nodes[join.core], cluster = program.nodes[join.cluster]
    var body = Program()
    var inner: [ValueID: ValueID] = [:]
    var inputs: [ValueID] = []
    let moves = join.moves.joined().map { program.nodes[$0] }
    let yielded = Set(cluster.outputs + [cluster.inputs[join.given]] + moves.flatMap(\.outputs))
    for value in core.inputs + cluster.inputs + moves.flatMap(\.inputs) where inner[value] == nil {
      guard !yielded.contains(value) else { continue }
      let copy = body.define(program[value])
      inner[value] = copy
      body.inputs.append(Port(name: String(inputs.count), value: copy))
      inputs.append(value)
    }
    func local(_ values: [ValueID]) -> [ValueID] { values.compactMap { inner[$0] } }
    let coreOutputs = core.outputs.map { body.define(program[$0]) }
    body.nodes.append(Node(op: core.op, inputs: local(core.inputs), outputs: coreOutputs))
    let given = cluster.inputs[join.given]
    if program[given].shape == program[core.outputs[0]].shape {
      inner[given] = coreOutputs[0]
    } else {
      let reshaped = body.define(program[given])
      body.nodes.append(
        Node(op: .reshape(program[given].shape), inputs: [coreOutputs[0]], outputs: [reshaped]))
      inner[given] = reshaped
    }
    let clusterOutputs = cluster.outputs.map { body.define(program[$0]) }
    body.nodes.append(Node(op: cluster.op, inputs: local(cluster.inputs), outputs: clusterOutputs))
    for (value, copy) in zip(cluster.outputs, clusterOutputs) { inner[value] = copy }
    for move in moves {
      let copy = body.define(program[move.outputs[0]])
      body.nodes.append(Node(op: move.op, inputs: local(move.inputs), outputs: [copy]))
      inner[move.outputs[0]] = copy
    }
    for (value, copy) in zip(core.outputs.dropFirst(), coreOutputs.dropFirst()) { inner[value] = copy }
    let stored = zip(cluster.outputs, join.moves).flatMap { output, moves in
      moves.isEmpty
        ? [output] : moves.filter { !program.nodes[$0].op.isReshape }.map { program.nodes[$0].outputs[0] }
    }
    let old = stored + core.outputs.dropFirst()
    body.outputs = local(old).enumerated().map { Port(name: String($0), value: $1) }
    let results = rewriter.emit(
      .region(Region(name: Region.epilogue, body: body)), inputs.map(rewriter.mapped),
      old.map { program[$0] }, name: core.name)
    for (value, result) in zip(old, results) { rewriter.replace(value, by: result) }
  }
}

extension Op {
  fileprivate var isReshape: Bool {
    if case .reshape = self { true } else { false }
  }

  /// Whether it takes neighbouring channels, along the last axis, of all else.
  fileprivate func slicesChannels(of shape: Shape) -> Bool {
    guard case .slice(let starts, let limits, let strides) = self, shape.rank > 0 else { return false }
    return strides.allSatisfy { $0 == 1 } && starts.dropLast().allSatisfy { $0 == 0 }
      && limits.dropLast().elementsEqual(shape.dimensions.dropLast())
  }
}
