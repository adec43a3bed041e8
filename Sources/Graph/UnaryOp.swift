import RealModule

/// Elementwise functions of one float tensor.
public enum UnaryOp: String, CaseIterable, Hashable, Sendable {
  case exp, log, sin, cos, tanh, sqrt, reciprocal, erf

  /// Its value at `x`, by the C library's function of that type.
  public func callAsFunction<Number: Real>(_ x: Number) -> Number {
    switch self {
    case .exp: .exp(x)
    case .log: .log(x)
    case .sin: .sin(x)
    case .cos: .cos(x)
    case .tanh: .tanh(x)
    case .sqrt: .sqrt(x)
    case .reciprocal: 1 / x
    case .erf: .erf(x)
    }
  }
}

extension Tensor {
  public func exp() throws -> Tensor { try graph.apply(.unary(.exp), self) }
  public func log() throws -> Tensor { try graph.apply(.unary(.log), self) }
  public func sin() throws -> Tensor { try graph.apply(.unary(.sin), self) }
  public func cos() throws -> Tensor { try graph.apply(.unary(.cos), self) }
  public func tanh() throws -> Tensor { try graph.apply(.unary(.tanh), self) }
  public func sqrt() throws -> Tensor { try graph.apply(.unary(.sqrt), self) }
  public func reciprocal() throws -> Tensor { try graph.apply(.unary(.reciprocal), self) }
  /// The error function, 2/√π ∫₀ˣ e^(−t²) dt.
  public func erf() throws -> Tensor { try graph.apply(.unary(.erf), self) }
}
