import SfumatoGraph

extension Region {
  /// Whether this input is read at the element that is written only, so that the first output may take its place: in a cluster
  /// of elementwise operations, by itself or behind another node, and not through a broadcast.
  func readsElementwise(_ position: Int) -> Bool {
    let value = body.inputs[position].value
    if isPointwise {
      return body[value].shape == body.outputs.first.map { body[$0.value].shape }
        && !body.nodes.contains { node in
          if case .broadcast = node.op { node.inputs[0] == value } else { false }
        }
    }
    guard let joined = EpilogueRegion(self), joined.moves.isEmpty,
      case .region(let cluster) = joined.cluster.op,
      !joined.core.inputs.contains(value)
    else { return false }
    return joined.cluster.inputs.indices.allSatisfy {
      joined.cluster.inputs[$0] != value || cluster.readsElementwise($0)
    }
  }
}
