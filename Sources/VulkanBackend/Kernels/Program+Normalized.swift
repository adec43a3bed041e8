import SfumatoCompiler
import SfumatoGraph

extension Program {
  /// For each value the one that it is a reshape of, or itself.
  func valuesBehindReshapes() -> [ValueID] {
    var sources = values.indices.map { ValueID($0) }
    for node in nodes {
      if case .reshape = node.op { sources[node.outputs[0].index] = sources[node.inputs[0].index] }
    }
    return sources
  }
}

extension Node {
  /// What a groupNorm or groupNormGrad normalises, also where a cluster follows it.
  var normalized: ValueID? {
    guard case .region(let region) = op else { return nil }
    if let joined = EpilogueRegion(region) {
      guard let inner = joined.core.normalized,
        let position = joined.body.inputs.firstIndex(where: { $0.value == inner })
      else { return nil }
      return inputs[position]
    }
    return ["groupNorm", "groupNormGrad"].contains(region.name) ? inputs.first : nil
  }
}
