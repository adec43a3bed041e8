extension Program {
  /// Multiply-adds of all convolutions and matrix products.
  public var multiplyAdds: Int { nodes.reduce(0) { $0 + multiplyAdds(of: $1) } }

  /// Multiply-adds of a convolution or a matrix product, or of those in a region's body; 0 for any other node.
  public func multiplyAdds(of node: Node) -> Int {
    switch node.op {
    case .conv(let geometry): return geometry.multiplyAdds(batch: self[node.outputs[0]].shape[0])
    case .convGradInput(let geometry): return geometry.multiplyAdds(batch: self[node.outputs[0]].shape[0])
    case .convGradWeight(let geometry): return geometry.multiplyAdds(batch: self[node.inputs[0]].shape[0])
    case .matmul(let transposeA, _):
      let shape = self[node.inputs[0]].shape
      return self[node.outputs[0]].count * shape[shape.rank - (transposeA ? 2 : 1)]
    case .region(let region): return region.body.multiplyAdds
    default: return 0
    }
  }
}
