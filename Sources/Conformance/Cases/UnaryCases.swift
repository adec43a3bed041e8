import SfumatoGraph

extension ConformanceCase {
  static let unary: [ConformanceCase] = UnaryOp.allCases.flatMap { op in
    DType.floats.flatMap { dtype in sized(op, dtype) + [special(op, dtype)] }
  }

  private static func sized(_ op: UnaryOp, _ dtype: DType) -> [ConformanceCase] {
    let domain: Distribution =
      switch op {
      case .log, .sqrt, .reciprocal: .uniform(0.1, 4)
      case .sin, .cos: .uniform(-20, 20)
      // All numbers.
      default: .normal
      }
    return sizes.map { size in
      ConformanceCase(op.rawValue, inputs: [.init(dtype, [size], domain)], maxOrder: orderLimit(size)) {
        [try $0[0].graph.apply(.unary(op), $0[0])]
      }
    }
  }

  /// NaN, ±inf, ±0 and numbers at the edges; circular functions far from 0 instead, where they have no meaning at all.
  private static func special(_ op: UnaryOp, _ dtype: DType) -> ConformanceCase {
    let isCircular = op == .sin || op == .cos
    return ConformanceCase(
      op.rawValue, "special values",
      inputs: [.init(dtype, [997], isCircular ? .uniform(-1e4, 1e4) : .special)], maxOrder: 0
    ) { [try $0[0].graph.apply(.unary(op), $0[0])] }
  }
}
