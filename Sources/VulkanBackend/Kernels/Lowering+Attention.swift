import SfumatoGraph

/// What attention is over: queries (N, L, heads·d), keys and values (N, M, heads·d).
struct AttentionGeometry {
  let heads: Int
  let queries: Int
  let keys: Int
  /// Features of a head, d.
  let size: Int

  /// The geometry of an attention or attentionGrad region, if this backend has kernels for it.
  init?(_ region: Region) {
    let types = region.body.inputs.map { region.body[$0.value] }
    guard types.count >= 3, let heads = region.attributes["heads"]?.intValue, heads > 0,
      types[0].shape.rank == 3, types[0].shape[2] % heads == 0
    else { return nil }
    self.heads = heads
    (queries, keys, size) = (types[0].shape[1], types[1].shape[1], types[0].shape[2] / heads)
    // An invocation has up to four rows in registers.
    guard size % 4 == 0, (4...64).contains(size), queries > 0, keys > 0 else { return nil }
  }

  fileprivate var scale: Int { Int((1 / Float(size).squareRoot()).bitPattern) }
}

extension Lowering {
  mutating func attention(
    _ geometry: AttentionGeometry, _ q: Operand, _ k: Operand, _ v: Operand, _ y: Operand
  ) throws(VulkanError) {
    try overLeading([q, k, v, y], "attention") { lowering, parts throws(VulkanError) in
      try lowering.launchRows(
        "attention", geometry, images: parts[0].type.shape[0], rows: geometry.queries,
        [(parts[0], .read), (parts[1], .read), (parts[2], .read), (parts[3], .write)])
    }
  }

  mutating func attentionGrad(
    _ geometry: AttentionGeometry, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    let mark = scratchMark
    try overLeading(inputs + outputs, "attentionGrad") { lowering, parts throws(VulkanError) in
      lowering.giveBack(to: mark)
      let images = parts[0].type.shape[0]
      let moments = lowering.takeScratch(TensorType(.f32, [3, images * geometry.heads * geometry.queries]))
      let (q, k, v, dy) = (parts[0], parts[1], parts[2], parts[3])
      try lowering.launchRows(
        "attention_grad_query", geometry, images: images, rows: geometry.queries,
        [(q, .read), (k, .read), (v, .read), (dy, .read), (parts[4], .write), (moments, .write)])
      try lowering.launchRows(
        "attention_grad_key", geometry, images: images, rows: geometry.keys,
        [
          (q, .read), (k, .read), (v, .read), (dy, .read), (moments, .read), (parts[5], .write),
          (parts[6], .write),
        ])
    }
  }

  /// An invocation for each row of each head.
  private mutating func launchRows(
    _ shader: String, _ geometry: AttentionGeometry, images: Int, rows: Int,
    _ operands: [(operand: Operand, access: Access)]
  ) throws(VulkanError) {
    let width = limits.lanes ?? (rows > 32 ? 64 : 32)
    let blocks = (rows + width - 1) / width
    let groups = images * geometry.heads * blocks
    let aligned = operands.map { beginOnFours([$0.operand]) ? $0.operand : takeScratch($0.operand.type) }
    for (operand, own) in zip(operands, aligned) where own != operand.operand && operand.access.reads {
      copy(operand.operand, own)
    }
    try launch(
      limits.lanes == nil ? shader : shader + "_lanes", constants: [width, geometry.size / 4],
      zip(aligned, operands).map { ($0, $1.access) },
      push: [groups, blocks, geometry.heads, geometry.queries, geometry.keys, geometry.scale], groups: groups)
    for (operand, own) in zip(operands, aligned) where own != operand.operand && operand.access.writes {
      copy(own, operand.operand)
    }
  }
}
