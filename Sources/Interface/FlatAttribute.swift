import SfumatoGraph

/// A setting of a node, as the C interface has it.
enum FlatAttribute {
  case ints([Int])
  case real(Double)
  case text(String)
}

extension Op {
  /// The operation's settings by their keys in the C interface. What the types of the operands say is not among them.
  var flatAttributes: [(key: String, value: FlatAttribute)] {
    switch self {
    case .reduce(_, let axes): [("axes", .ints(axes))]
    case .cumsum(let axis, let reversed): [("axis", .ints([axis])), ("reversed", .ints([reversed ? 1 : 0]))]
    case .transpose(let permutation): [("permutation", .ints(permutation))]
    case .slice(let starts, let limits, let strides):
      [("starts", .ints(starts)), ("limits", .ints(limits)), ("strides", .ints(strides))]
    case .pad(let low, let high, let interior):
      [("low", .ints(low)), ("high", .ints(high)), ("interior", .ints(interior))]
    case .concat(let axis), .iota(let axis, _): [("axis", .ints([axis]))]
    case .matmul(let transposeA, let transposeB):
      [("transpose_a", .ints([transposeA ? 1 : 0])), ("transpose_b", .ints([transposeB ? 1 : 0]))]
    case .conv(let geometry), .convGradInput(let geometry), .convGradWeight(let geometry):
      geometry.flatAttributes
    case .randomBits(let purpose, let bits, _):
      [("purpose", .ints([Int(purpose)])), ("bits", .ints([bits]))]
    case .region(let region):
      region.attributes.sorted { $0.key < $1.key }.map { ($0.key, FlatAttribute($0.value)) }
    case .constant, .unary, .binary, .cast, .select, .reshape, .broadcast, .gather, .scatterAdd,
      .stopGradient:
      []
    }
  }
}

extension ConvGeometry {
  fileprivate var flatAttributes: [(key: String, value: FlatAttribute)] {
    [
      ("strides", .ints([strideH, strideW])), ("padding", .ints([padTop, padLeft, padBottom, padRight])),
      ("groups", .ints([groups])),
    ]
  }
}

extension FlatAttribute {
  fileprivate init(_ attribute: Attribute) {
    switch attribute {
    case .int(let value): self = .ints([value])
    case .float(let value): self = .real(value)
    case .string(let value): self = .text(value)
    }
  }

  /// The setting of a region.
  var attribute: Attribute? {
    switch self {
    case .ints(let values): values.count == 1 ? .int(values[0]) : nil
    case .real(let value): .float(value)
    case .text(let value): .string(value)
    }
  }
}
