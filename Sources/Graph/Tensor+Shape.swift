/// Operations that move elements or combine them along axes. Negative axes count from the last one.
extension Tensor {
  /// The same elements in another shape.
  public func reshape(_ shape: Shape) throws -> Tensor {
    shape == self.shape ? self : try graph.apply(.reshape(shape), self)
  }

  /// out.shape[i] = shape[permutation[i]].
  public func transpose(_ permutation: [Int]) throws -> Tensor {
    permutation == Array(0..<shape.rank) ? self : try graph.apply(.transpose(permutation), self)
  }

  /// Repeats extents of 1; the rank stays.
  public func broadcast(_ shape: Shape) throws -> Tensor {
    shape == self.shape ? self : try graph.apply(.broadcast(shape), self)
  }

  /// Broadcasts to `shape`, of at least this rank, aligned at the last axis.
  public func broadcast(aligned target: Shape) throws -> Tensor {
    let missing = target.rank - shape.rank
    let aligned =
      missing > 0 ? try reshape(Shape(Array(repeating: 1, count: missing) + shape.dimensions)) : self
    return try aligned.broadcast(target)
  }

  /// Elements starts[i] to limits[i] by strides[i].
  public func slice(starts: [Int], limits: [Int], strides: [Int]? = nil) throws -> Tensor {
    let steps = strides ?? Array(repeating: 1, count: shape.rank)
    let whole = starts.allSatisfy { $0 == 0 } && limits == shape.dimensions && steps.allSatisfy { $0 == 1 }
    return whole ? self : try graph.apply(.slice(starts: starts, limits: limits, strides: steps), self)
  }

  /// Elements of `range` along `axis`.
  public func slice(axis: Int, _ range: Range<Int>) throws -> Tensor {
    let axis = resolve(axis)
    var starts = Array(repeating: 0, count: shape.rank), limits = shape.dimensions
    starts[axis] = range.lowerBound
    limits[axis] = range.upperBound
    return try slice(starts: starts, limits: limits)
  }

  /// Element `index` of a vector, as a scalar.
  public func scalar(_ index: Int) throws -> Tensor { try slice(axis: 0, index..<index + 1).reshape([]) }

  /// Zeros before, after and between the elements.
  public func pad(low: [Int], high: [Int], interior: [Int]? = nil) throws -> Tensor {
    let gaps = interior ?? Array(repeating: 0, count: shape.rank)
    if (low + high + gaps).allSatisfy({ $0 == 0 }) { return self }
    return try graph.apply(.pad(low: low, high: high, interior: gaps), self)
  }

  /// The tensors one after another along `axis`.
  public static func concat(_ tensors: [Tensor], axis: Int) throws -> Tensor {
    guard let first = tensors.first else {
      throw GraphError(operation: "concat", node: "", problem: "expected at least one tensor, found none")
    }
    if tensors.count == 1 { return first }
    return try first.graph.applyAll(.concat(axis: first.resolve(axis)), tensors)[0]
  }

  /// The sum over `axes` (all of them when nil), which stay with extent 1.
  public func reduceSum(_ axes: [Int]? = nil) throws -> Tensor { try reduce(.sum, axes) }

  /// The maximum over `axes` (all of them when nil), which stay with extent 1.
  public func reduceMax(_ axes: [Int]? = nil) throws -> Tensor { try reduce(.max, axes) }

  /// Running sums along `axis`: element i is the sum of the elements up to and with i, or, reversed, from i on.
  public func cumsum(axis: Int, reversed: Bool = false) throws -> Tensor {
    try graph.apply(.cumsum(axis: resolve(axis), reversed: reversed), self)
  }

  /// The mean over `axes` (all of them when nil), which stay with extent 1.
  public func reduceMean(_ axes: [Int]? = nil) throws -> Tensor {
    let count = (axes ?? Array(0..<shape.rank)).reduce(1) { $0 * shape[resolve($1)] }
    return try reduceSum(axes) / Double(count)
  }

  private func reduce(_ op: ReduceOp, _ axes: [Int]?) throws -> Tensor {
    let axes = (axes ?? Array(0..<shape.rank)).map(resolve).sorted()
    return axes.isEmpty ? self : try graph.apply(.reduce(op, axes: axes), self)
  }

  /// Rows of this tensor [N, D…] at `indices` [K] → [K, D…].
  public func gather(_ indices: Tensor) throws -> Tensor { try graph.apply(.gather, self, indices) }

  /// This tensor's rows [K, D…] added into [count, D…] at `indices` [K].
  public func scatterAdd(_ indices: Tensor, count: Int) throws -> Tensor {
    try graph.apply(.scatterAdd(count: count), indices, self)
  }

  /// Batched matrix product [B…, M, K] · [B…, K, N].
  public func matmul(_ other: Tensor, transposeA: Bool = false, transposeB: Bool = false) throws -> Tensor {
    try graph.apply(.matmul(transposeA: transposeA, transposeB: transposeB), self, other)
  }

  /// Convolution of images (N, H, W, C) with `weight` (O, kh, kw, C / groups); padding is (top, left, bottom, right).
  public func conv(
    _ weight: Tensor, stride: Int = 1, padding: (Int, Int, Int, Int) = (0, 0, 0, 0), groups: Int = 1
  ) throws -> Tensor {
    if shape.rank != 4 || weight.shape.rank != 4 {
      throw GraphError(
        operation: "conv", node: graph.scope,
        problem: "expected images and a kernel of rank 4, found \(type) and \(weight.type)")
    }
    let geometry = ConvGeometry(
      inputHeight: shape[1], inputWidth: shape[2], inChannels: shape[3], outChannels: weight.shape[0],
      kernelHeight: weight.shape[1], kernelWidth: weight.shape[2], strideH: stride, strideW: stride,
      padTop: padding.0, padLeft: padding.1, padBottom: padding.2, padRight: padding.3, groups: groups)
    return try graph.apply(.conv(geometry), self, weight)
  }

  /// Uniform random words: the `bits` high bits of Philox words keyed by this u32 [5] tensor; see `Op.randomBits`.
  public func randomBits(purpose: UInt32, bits: Int, _ shape: Shape) throws -> Tensor {
    try graph.apply(.randomBits(purpose: purpose, bits: bits, shape), self)
  }

  private func resolve(_ axis: Int) -> Int { axis < 0 ? axis + shape.rank : axis }
}
