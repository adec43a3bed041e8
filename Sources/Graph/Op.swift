/// Elementwise functions of two tensors of equal type. `less` and `equal` yield bool.
public enum BinaryOp: String, CaseIterable, Hashable, Sendable {
  case add, mul, max, pow, less, equal
}

/// Reductions. The reduced axes stay, with extent 1.
public enum ReduceOp: String, CaseIterable, Hashable, Sendable {
  case sum, max
}

/// The values of a constant.
public enum Literal: Hashable, Sendable {
  /// Every element is the same.
  case splat(Double)
  /// The elements in row-major order.
  case array([Double])

  /// Element `index`.
  public subscript(index: Int) -> Double {
    switch self {
    case .splat(let value): value
    case .array(let values): values[index]
    }
  }
}

/// What a node does: the closed set of primitives, and regions made of them.
public indirect enum Op: Hashable, Sendable {
  /// A value known when tracing. No inputs.
  case constant(Literal, TensorType)
  case unary(UnaryOp)
  case binary(BinaryOp)
  /// Conversion. Float to integer truncates towards zero; bool to number gives 0 or 1; number to bool is ≠ 0.
  case cast(DType)
  /// (condition: bool, a, b) → a where the condition holds, else b. All shapes equal.
  case select
  case reduce(ReduceOp, axes: [Int])
  /// Running sums along `axis`: element i is the sum of the elements up to and with i, or, reversed, from i on.
  case cumsum(axis: Int, reversed: Bool)
  /// The same elements in another shape.
  case reshape(Shape)
  /// out.shape[i] = in.shape[permutation[i]].
  case transpose([Int])
  /// The same rank; extents of 1 are repeated.
  case broadcast(Shape)
  /// Elements starts[i], starts[i] + strides[i], … below limits[i].
  case slice(starts: [Int], limits: [Int], strides: [Int])
  /// Zeros before, after and `interior` of them between neighbours. Nothing is negative.
  case pad(low: [Int], high: [Int], interior: [Int])
  /// The inputs one after another along `axis`.
  case concat(axis: Int)
  /// (operand [N, D…], indices i32 [K]) → [K, D…]. An index out of range gives zeros.
  case gather
  /// (indices i32 [K], updates [K, D…]) → [count, D…]: rows with equal index are added, out-of-range ones dropped.
  case scatterAdd(count: Int)
  /// [B…, M, K] · [B…, K, N] → [B…, M, N]; a transposed operand is stored with its last two axes swapped.
  case matmul(transposeA: Bool, transposeB: Bool)
  /// (x, w) → y.
  case conv(ConvGeometry)
  /// (dy, w) → dx.
  case convGradInput(ConvGeometry)
  /// (x, dy) → dw.
  case convGradWeight(ConvGeometry)
  /// i32: each element is its index along `axis`.
  case iota(axis: Int, Shape)
  /// (key u32 [5]) → u32: the `bits` high bits of Philox words.
  ///
  /// The key is [seed low, seed high, step low, step high, first row]. With R elements a row (the product of
  /// the dimensions after the first), element i is word j mod 4, j = firstRow·R + i, of
  /// Philox4x32-10(counter: (j / 4, purpose, step low, step high), key: (seed low, seed high)), shifted right
  /// by 32 − bits. Draws depend on no batch boundary.
  case randomBits(purpose: UInt32, bits: Int, Shape)
  /// The input; its gradient is zero.
  case stopGradient
  /// A named sub-graph. May have several outputs.
  case region(Region)
}

extension Op {
  /// The primitive's name, as printed.
  public var name: String {
    switch self {
    case .constant: "constant"
    case .unary(let op): op.rawValue
    case .binary(let op): op.rawValue
    case .cast: "cast"
    case .select: "select"
    case .reduce(.sum, _): "reduceSum"
    case .reduce(.max, _): "reduceMax"
    case .cumsum: "cumsum"
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .broadcast: "broadcast"
    case .slice: "slice"
    case .pad: "pad"
    case .concat: "concat"
    case .gather: "gather"
    case .scatterAdd: "scatterAdd"
    case .matmul: "matmul"
    case .conv: "conv"
    case .convGradInput: "convGradInput"
    case .convGradWeight: "convGradWeight"
    case .iota: "iota"
    case .randomBits: "randomBits"
    case .stopGradient: "stopGradient"
    case .region(let region): region.name
    }
  }

  /// Whether element i of the output depends on element i of each input and on nothing else.
  public var isPointwise: Bool {
    switch self {
    case .unary, .binary, .cast, .select, .stopGradient: true
    default: false
    }
  }
}
