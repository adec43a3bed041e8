/// Elementwise operations. Binary ones first broadcast their operands to a common shape, aligned at the last
/// axis as NumPy does, through explicit nodes.
extension Tensor {
  public func squared() throws -> Tensor { try self * self }

  /// 1, 0 or −1.
  public func sign() throws -> Tensor {
    let zero = try splat(0)
    return try zero.isLess(than: self).select(splat(1), isLess(than: zero).select(splat(-1), zero))
  }

  /// 1 / (1 + e^−x), written as (1 + tanh(x / 2)) / 2, which overflows nowhere.
  public func sigmoid() throws -> Tensor { try (self * 0.5).tanh() * 0.5 + 0.5 }

  /// This tensor converted to `dtype`; itself if it has that type.
  public func cast(_ dtype: DType) throws -> Tensor {
    dtype == self.dtype ? self : try graph.apply(.cast(dtype), self)
  }

  /// This tensor, with a gradient of zero.
  public func stopGradient() throws -> Tensor { try graph.apply(.stopGradient, self) }

  /// Elementwise the larger one.
  public func max(_ other: Tensor) throws -> Tensor { try Tensor.combine(.max, self, other) }

  /// Elementwise the smaller one.
  public func min(_ other: Tensor) throws -> Tensor { try -(-self).max(-other) }

  /// Elementwise power.
  public func pow(_ exponent: Tensor) throws -> Tensor { try Tensor.combine(.pow, self, exponent) }

  /// Elementwise whether this is less than `other`.
  public func isLess(than other: Tensor) throws -> Tensor { try Tensor.combine(.less, self, other) }

  /// Elementwise whether this equals `other`.
  public func isEqual(to other: Tensor) throws -> Tensor { try Tensor.combine(.equal, self, other) }

  /// With a bool tensor: `a` where it holds, `b` elsewhere.
  public func select(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let shape = try Tensor.commonShape([self, a, b])
    return try graph.apply(
      .select, broadcast(aligned: shape), a.broadcast(aligned: shape), b.broadcast(aligned: shape))
  }

  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try combine(.add, a, b) }
  public static func * (a: Tensor, b: Tensor) throws -> Tensor { try combine(.mul, a, b) }
  public static func - (a: Tensor, b: Tensor) throws -> Tensor { try a + b * -1 }
  public static func / (a: Tensor, b: Tensor) throws -> Tensor { try a * b.reciprocal() }
  public static prefix func - (a: Tensor) throws -> Tensor { try a * -1 }

  public static func + (a: Tensor, b: Double) throws -> Tensor { try combine(.add, a, a.splat(b)) }
  public static func + (a: Double, b: Tensor) throws -> Tensor { try b + a }
  public static func * (a: Tensor, b: Double) throws -> Tensor { try combine(.mul, a, a.splat(b)) }
  public static func * (a: Double, b: Tensor) throws -> Tensor { try b * a }
  public static func - (a: Tensor, b: Double) throws -> Tensor { try a + (-b) }
  public static func - (a: Double, b: Tensor) throws -> Tensor { try b * -1 + a }
  public static func / (a: Tensor, b: Double) throws -> Tensor { try a * (1 / b) }
  public static func / (a: Double, b: Tensor) throws -> Tensor { try b.reciprocal() * a }

  private static func combine(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    if a.shape == b.shape { return try a.graph.apply(.binary(op), a, b) }
    let shape = try commonShape([a, b])
    return try a.graph.apply(.binary(op), a.broadcast(aligned: shape), b.broadcast(aligned: shape))
  }

  private static func commonShape(_ tensors: [Tensor]) throws -> Shape {
    let rank = tensors.map(\.shape.rank).max() ?? 0
    var shape = Shape(Array(repeating: 1, count: rank))
    for tensor in tensors {
      for axis in 0..<tensor.shape.rank {
        let extent = tensor.shape[axis], target = axis + rank - tensor.shape.rank
        if shape[target] == 1 {
          shape[target] = extent
        } else if extent != 1, extent != shape[target] {
          throw GraphError(
            operation: "broadcast", node: tensor.graph.scope,
            problem: "shapes \(tensors.map { "\($0.shape)" }.joined(separator: " and ")) do not fit together")
        }
      }
    }
    return shape
  }
}
