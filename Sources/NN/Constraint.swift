import SfumatoGraph

/// What a parameter's values keep to: its first values do, and `ParameterList.update` applies it to what an optimizer makes of them,
/// whichever it is.
public enum Constraint: Hashable, Sendable {
  /// Any values.
  case none
  /// Each row, that is the elements of one index along the first axis, has a magnitude of 1: forced weight normalisation
  /// (Karras et al., "Analyzing and improving the training dynamics of diffusion models", 2024, equation 66). Rows that updates
  /// would lengthen otherwise turn as fast late in training as at its beginning.
  case unitRows

  /// `value` as it keeps to this; see `Tensor.unitMagnitude`.
  public func callAsFunction(_ value: Tensor) throws -> Tensor {
    switch self {
    case .none: value
    case .unitRows: try value.unitMagnitude(Array(1..<max(value.shape.rank, 1)))
    }
  }

  /// The elements of a tensor of `rows` rows as they keep to this.
  func callAsFunction(_ values: [Float], rows: Int) -> [Float] {
    guard self == .unitRows, rows > 0 else { return values }
    let size = values.count / rows
    return (0..<rows).flatMap { row in
      let row = values[row * size..<(row + 1) * size]
      let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
      let scale = 1 / ((squares / Double(max(size, 1))).squareRoot() + Tensor.magnitudeEpsilon)
      return row.map { Float(Double($0) * scale) }
    }
  }
}
