import SfumatoGraph

extension Region {
  /// The name of the regions that `fuseEpilogues` makes; `EpilogueRegion` tells their form.
  public static let epilogue = "epilogue"
}

/// A node whose first output goes through a cluster of elementwise operations and nowhere else: both are one kernel, which
/// never writes what flows between them. What the cluster yields may be stored as channels of larger or smaller tensors.
public struct EpilogueRegion {
  /// The node, over the values of `body`.
  public let core: Node
  /// The cluster, over the values of `body`: a `pointwise` region.
  public let cluster: Node
  public let clusterBody: Program
  /// Which input of the cluster is the node's first output, in the same or in another shape.
  public let given: Int
  /// Slices and concatenations of channels that alone read some outputs of the cluster, perhaps reshaped, over the values of
  /// `body`.
  public let moves: [Node]
  /// The region's body: its outputs are those of the cluster, or in their places those of the moves that read them, then the
  /// node's others.
  public let body: Program

  /// - Returns: nil for any other region.
  public init?(_ region: Region) {
    guard region.name == Region.epilogue, let core = region.body.nodes.first,
      let position = region.body.nodes.dropFirst().firstIndex(where: { $0.op.isPointwiseRegion }),
      case .region(let pointwise) = region.body.nodes[position].op
    else { return nil }
    let cluster = region.body.nodes[position]
    let reshaped = position == 2 ? region.body.nodes[1].outputs[0] : core.outputs[0]
    guard let given = cluster.inputs.firstIndex(of: reshaped) else { return nil }
    (self.core, self.cluster, self.given, self.body) = (core, cluster, given, region.body)
    clusterBody = pointwise.body
    moves = Array(region.body.nodes[(position + 1)...])
  }

  /// The body of the cluster with the moves behind it, and its inputs and outputs as values of `body`.
  public var tail: (body: Program, inputs: [ValueID], outputs: [ValueID]) {
    var tail = clusterBody
    var inputs = cluster.inputs
    var inner = Dictionary(uniqueKeysWithValues: zip(cluster.outputs, clusterBody.outputs.map(\.value)))
    for move in moves {
      let operands = move.inputs.map { value -> ValueID in
        if let known = inner[value] { return known }
        let input = tail.define(body[value])
        tail.inputs.append(Port(name: String(inputs.count), value: input))
        inputs.append(value)
        inner[value] = input
        return input
      }
      let result = tail.define(body[move.outputs[0]])
      inner[move.outputs[0]] = result
      tail.nodes.append(Node(op: move.op, inputs: operands, outputs: [result]))
    }
    // The region's, but for the node's others.
    let outputs = body.outputs.map(\.value).filter { inner[$0] != nil }
    tail.outputs = outputs.enumerated().compactMap { number, value in
      inner[value].map { Port(name: String(number), value: $0) }
    }
    return (tail, inputs, outputs)
  }
}

extension Op {
  fileprivate var isPointwiseRegion: Bool {
    if case .region(let region) = self { region.isPointwise } else { false }
  }
}
