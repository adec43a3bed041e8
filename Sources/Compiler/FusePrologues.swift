import SfumatoGraph

extension Region {
  /// The name of the regions that `fusePrologues` makes; `PrologueRegion` tells their form.
  public static let prologue = "prologue"
}

/// A reduction of what a cluster of elementwise operations yields, which nothing else reads: both are one kernel, which computes
/// the cluster where it would read.
public struct PrologueRegion {
  /// The cluster's inputs are the region's.
  public let clusterBody: Program
  /// The reduction, over the values of `body`.
  public let core: Node
  /// The region's body: its outputs are those of the reduction.
  public let body: Program

  /// - Returns: nil for any other region.
  public init?(_ region: Region) {
    guard region.name == Region.prologue, let core = region.body.nodes.last,
      let first = region.body.nodes.first, case .region(let pointwise) = first.op
    else { return nil }
    (clusterBody, self.core, body) = (pointwise.body, core, region.body)
  }
}

/// Joins reductions with the `pointwise` regions whose only output they reduce, such as the squares of a norm.
///
/// - Parameter accepts: whether the backend's kernels for an operation take a cluster before it, given the operand's type.
public func fusePrologues(_ program: Program, accepts: (Op, TensorType) -> Bool) -> Program {
  let producers = program.producers(), consumers = program.consumers()
  let results = Set(program.results)
  /// By reduction: the cluster, and the reshapes between them.
  var clusters: [Int: (cluster: Int, between: [Int])] = [:]
  for (index, node) in program.nodes.enumerated() {
    guard case .reduce = node.op, accepts(node.op, program[node.inputs[0]]) else { continue }
    var value = node.inputs[0]
    var between: [Int] = []
    while let producer = producers[value.index], consumers[value.index].count == 1, !results.contains(value) {
      let source = program.nodes[producer]
      if case .region(let region) = source.op, region.isPointwise, source.outputs.count == 1 {
        clusters[index] = (producer, between)
        break
      }
      guard case .reshape = source.op else { break }
      between.append(producer)
      value = source.inputs[0]
    }
  }
  let dropped = Set(clusters.values.flatMap { [$0.cluster] + $0.between })
  var rewriter = ProgramRewriter(program)
  for (index, node) in program.nodes.enumerated() where !dropped.contains(index) {
    guard let (clusterIndex, _) = clusters[index] else {
      rewriter.copy(node)
      continue
    }
    let cluster = program.nodes[clusterIndex]
    var body = Program()
    let inputs = cluster.inputs.map { body.define(program[$0]) }
    body.inputs = inputs.enumerated().map { Port(name: String($0), value: $1) }
    var reduced = body.define(program[cluster.outputs[0]])
    body.nodes.append(Node(op: cluster.op, inputs: inputs, outputs: [reduced]))
    let operand = program[node.inputs[0]]
    if operand.shape != program[cluster.outputs[0]].shape {
      let reshaped = body.define(operand)
      body.nodes.append(Node(op: .reshape(operand.shape), inputs: [reduced], outputs: [reshaped]))
      reduced = reshaped
    }
    let output = body.define(program[node.outputs[0]])
    body.nodes.append(Node(op: node.op, inputs: [reduced], outputs: [output]))
    body.outputs = [Port(name: "0", value: output)]
    let result = rewriter.emit(
      .region(Region(name: Region.prologue, body: body)), cluster.inputs.map(rewriter.mapped),
      [program[node.outputs[0]]], name: node.name)
    rewriter.replace(node.outputs[0], by: result[0])
  }
  return rewriter.finish()
}
