import SfumatoGraph

extension Region {
  /// The name of the regions that `fuseEpilogues` makes; `EpilogueRegion` tells their form.
  public static let epilogue = "epilogue"
}

/// A node whose first output goes through a cluster of elementwise operations and nowhere else: both are one kernel, which
/// never writes what flows between them.
public struct EpilogueRegion {
  /// The node, over the values of `body`.
  public let core: Node
  /// The cluster, over the values of `body`: a `pointwise` region.
  public let cluster: Node
  public let clusterBody: Program
  /// Which input of the cluster is the node's first output, in the same or in another shape.
  public let given: Int
  /// The region's body: its outputs are those of the cluster, then the node's others.
  public let body: Program

  /// - Returns: nil for any other region.
  public init?(_ region: Region) {
    guard region.name == Region.epilogue, let core = region.body.nodes.first,
      let cluster = region.body.nodes.last, case .region(let pointwise) = cluster.op
    else { return nil }
    let reshaped = region.body.nodes.count == 3 ? region.body.nodes[1].outputs[0] : core.outputs[0]
    guard let given = cluster.inputs.firstIndex(of: reshaped) else { return nil }
    (self.core, self.cluster, self.given, self.body) = (core, cluster, given, region.body)
    clusterBody = pointwise.body
  }
}

/// Joins nodes with the `pointwise` regions that follow them: a bias, an embedding or a residual behind a convolution, a sum of
/// gradients behind the last one.
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
  }

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
    guard let best = candidates.max(by: { $0.core < $1.core }) else { return }
    joins.append(best)
    isJoined[best.core] = true
    isJoined[index] = true
    for value in program.nodes[best.core].outputs.dropFirst() { available[value.index] = best.place }
    for value in node.outputs { available[value.index] = best.place }
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
    for value in core.inputs + cluster.inputs where inner[value] == nil {
      guard value != cluster.inputs[join.given] else { continue }
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
    let old = cluster.outputs + core.outputs.dropFirst()
    body.outputs = (clusterOutputs + coreOutputs.dropFirst()).enumerated().map {
      Port(name: String($0), value: $1)
    }
    let results = rewriter.emit(
      .region(Region(name: Region.epilogue, body: body)), inputs.map(rewriter.mapped),
      old.map { program[$0] }, name: core.name)
    for (value, result) in zip(old, results) { rewriter.replace(value, by: result) }
  }
}
