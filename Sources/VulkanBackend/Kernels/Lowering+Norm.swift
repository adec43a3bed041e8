import SfumatoGraph

/// What a group normalisation is over.
struct NormGeometry {
  /// Images.
  var batch: Int
  /// Pixels of an image.
  var pixels: Int
  var channels: Int
  var groups: Int
  var epsilon: Float
  /// Whether silu follows.
  var activates: Bool

  /// The channels of a group.
  var width: Int { channels / groups }
  /// Runs of 8 pixels, as norm.glsl has them.
  var runs: Int { (pixels + 7) / 8 }
  /// The runs of all channels of all images: one invocation each.
  var columns: Int { batch * runs * channels }
}

extension NormGeometry {
  /// The geometry of a groupNorm or groupNormGrad region, if this backend has kernels for it.
  init?(_ region: Region) {
    guard let x = region.body.inputs.first.map({ region.body[$0.value] }), x.shape.rank >= 2,
      let channels = x.shape.dimensions.last, let groups = region.attributes["groups"]?.intValue,
      groups > 0, channels % groups == 0, let epsilon = region.attributes["eps"]?.floatValue
    else { return nil }
    switch region.attributes["activation"]?.stringValue ?? "none" {
    case "none": activates = false
    case "silu": activates = true
    default: return nil
    }
    batch = x.shape[0]
    pixels = x.shape.dimensions[1..<x.shape.rank - 1].reduce(1, *)
    self.channels = channels
    self.groups = groups
    self.epsilon = Float(epsilon)
  }
}

/// Group normalisation in one pass by `NormWorkgroup`s; else statistics, then one pass, and backward two sums a channel, then
/// one pass.
extension Lowering {
  mutating func groupNorm(
    _ geometry: NormGeometry, _ x: Operand, _ scale: Operand, _ bias: Operand, _ y: Operand
  ) throws(VulkanError) {
    guard x.type.count > 0 else { return }
    if !fits([x]) {
      return try overLeading([x, y], "groupNorm") { lowering, parts throws(VulkanError) in
        var geometry = geometry
        geometry.batch = parts[0].type.shape[0]
        lowering.normalized = nil
        try lowering.groupNorm(geometry, parts[0], scale, bias, parts[1])
      }
    }
    let key = statisticsKey(geometry)
    let known = key.flatMap { statistics.place($0) }
    if known == nil, let group = NormWorkgroup(geometry, limits, tensors: 1) {
      return try launch(
        "norm_whole", constants: [geometry.activates ? 1 : 0, group.threads, group.each],
        [
          (x, .read), (scale, .read), (bias, .read), (placeForStatistics(geometry, key), .write), (y, .write),
        ],
        push: [
          geometry.batch * geometry.groups, geometry.pixels, geometry.channels, geometry.width, group.rows,
          Int(geometry.epsilon.bitPattern),
        ], groups: geometry.batch * geometry.groups)
    }
    let stats = try statistics(geometry, x)
    try launch(
      "norm_apply", constants: [geometry.activates ? 1 : 0],
      [(x, .read), (scale, .read), (bias, .read), (stats, .read), (y, .write)],
      push: [geometry.columns, geometry.pixels, geometry.channels, geometry.width, geometry.runs],
      groups: Lowering.groups(geometry.columns))
  }

  /// What the operation at hand normalises; nil where its statistics are not to be kept.
  private func statisticsKey(_ geometry: NormGeometry) -> KeptStatistics.Key? {
    normalized.map {
      KeptStatistics.Key(
        value: $0, batch: geometry.batch, pixels: geometry.pixels, groups: geometry.groups,
        epsilon: geometry.epsilon)
    }
  }

  /// Where (mean, 1 / deviation) for each image and group are to go.
  private mutating func placeForStatistics(_ geometry: NormGeometry, _ key: KeptStatistics.Key?) -> Operand {
    let type = TensorType(.f32, [geometry.batch * geometry.groups * 2])
    return key.map { statistics.makePlace($0, type) } ?? takeScratch(type)
  }

  /// (mean, 1 / deviation) for each image and group, as they were computed before where they were.
  private mutating func statistics(_ geometry: NormGeometry, _ x: Operand) throws(VulkanError) -> Operand {
    let key = statisticsKey(geometry)
    if let known = key.flatMap({ statistics.place($0) }) { return known }
    let groups = geometry.batch * geometry.groups
    let chunks = chunks(geometry.pixels, parallel: groups)
    let partial = takeScratch(TensorType(.f32, [groups * chunks * 2]))
    let stats = placeForStatistics(geometry, key)
    try launch(
      "norm_stats_partial", [(x, .read), (partial, .write)],
      push: [groups * chunks, geometry.pixels, geometry.channels, geometry.width, chunks],
      groups: Lowering.groups(groups * chunks))
    try launch(
      "norm_stats", [(partial, .read), (stats, .write)],
      push: [
        groups, geometry.pixels, geometry.groups, geometry.width, chunks,
        Int(geometry.epsilon.bitPattern),
      ], groups: Lowering.groups(groups))
    return stats
  }

  /// In how many runs to cut the pixels, so that enough invocations have work.
  private func chunks(_ pixels: Int, parallel: Int) -> Int {
    let wanted = limits.isSoftware ? 64 : 16384
    return max(1, min((pixels + 15) / 16, (wanted + parallel - 1) / max(1, parallel)))
  }

  mutating func groupNormGrad(
    _ geometry: NormGeometry, _ x: Operand, _ scale: Operand, _ bias: Operand, _ dy: Operand,
    _ dx: Operand, _ dscale: Operand, _ dbias: Operand
  ) throws(VulkanError) {
    guard x.type.count > 0 else {
      try zero(dscale)
      return try zero(dbias)
    }
    // The sums of dz xhat and of dz, each [batch, channels].
    let rows = geometry.batch * geometry.channels
    let sums = takeScratch(TensorType(.f32, [2, geometry.batch, geometry.channels]))
    var first = 0
    try overLeading([x, dy, dx], "groupNormGrad") { lowering, parts throws(VulkanError) in
      var part = geometry
      part.batch = parts[0].type.shape[0]
      if part.batch != geometry.batch { lowering.normalized = nil }
      try lowering.groupNormGradInput(
        part, parts[0], scale, bias, parts[1], parts[2], sums, rows: rows, first: first)
      first += part.batch * part.channels
    }
    if geometry.batch <= Lowering.longestRun {
      return try launch(
        "norm_grad_scale", [(sums, .read), (dscale, .write), (dbias, .write)],
        push: [geometry.batch, geometry.channels], groups: Lowering.groups(geometry.channels))
    }
    for (half, target) in [dscale, dbias].enumerated() {
      let source = sums.part(half..<half + 1).reshaped([rows])
      try reduceMiddle(.sum, source, 1, geometry.batch, geometry.channels, target)
    }
  }

  /// dx of some images, whose sums over pixels go to `sums` from row `first` of `rows` on.
  private mutating func groupNormGradInput(
    _ geometry: NormGeometry, _ x: Operand, _ scale: Operand, _ bias: Operand, _ dy: Operand, _ dx: Operand,
    _ sums: Operand, rows: Int, first: Int
  ) throws(VulkanError) {
    let activation = [geometry.activates ? 1 : 0]
    let stats = try statistics(geometry, x)
    if let group = NormWorkgroup(geometry, limits, tensors: 2) {
      return try launch(
        "norm_whole_grad", constants: activation + [group.threads, group.each],
        [
          (x, .read), (scale, .read), (bias, .read), (dy, .read), (stats, .read), (sums, .write),
          (dx, .write),
        ],
        push: [
          geometry.batch * geometry.groups, geometry.pixels, geometry.channels, geometry.width, group.rows,
          first,
          rows + first,
        ], groups: geometry.batch * geometry.groups)
    }
    let own = geometry.batch * geometry.channels
    let chunks = chunks(geometry.pixels, parallel: own)
    let partial = takeScratch(TensorType(.f32, [2, own * chunks]))
    try launch(
      "norm_grad_partial", constants: activation,
      [(x, .read), (scale, .read), (bias, .read), (dy, .read), (stats, .read), (partial, .write)],
      push: [own * chunks, geometry.pixels, geometry.channels, geometry.width, chunks],
      groups: Lowering.groups(own * chunks))
    for half in 0..<2 {
      try reduceMiddle(
        .sum, partial.part(half..<half + 1), geometry.batch, chunks, geometry.channels,
        sums.reshaped([2 * rows]).part(half * rows + first..<half * rows + first + own))
    }
    let groups = geometry.batch * geometry.groups
    let means = takeScratch(TensorType(.f32, [2 * groups]))
    try launch(
      "norm_grad_group", [(scale, .read), (sums, .read), (means, .write)],
      push: [groups, geometry.pixels, geometry.channels, geometry.width, first, rows + first],
      groups: Lowering.groups(groups))
    try launch(
      "norm_grad_input", constants: activation,
      [
        (x, .read), (scale, .read), (bias, .read), (dy, .read), (stats, .read), (means, .read), (dx, .write),
      ],
      push: [geometry.columns, geometry.pixels, geometry.channels, geometry.width, geometry.runs],
      groups: Lowering.groups(geometry.columns))
  }
}
