import CSfumatoBackend
import SfumatoGraph

/// What the C interface has for an operation.
public struct OperationEntry {
  public let code: sfumato_op
  /// The minor version that brought it.
  public let minor: UInt32

  fileprivate init(_ code: sfumato_op, since minor: UInt32) {
    self.code = code
    self.minor = minor
  }
}

extension Op {
  /// The operation's number in the C interface, and since when; of a region, since what is in its body came last.
  public var entry: OperationEntry {
    switch self {
    case .constant: .init(SFUMATO_OP_CONSTANT, since: 0)
    case .unary(let op): op.entry
    case .binary(let op): op.entry
    case .cast: .init(SFUMATO_OP_CAST, since: 0)
    case .select: .init(SFUMATO_OP_SELECT, since: 0)
    case .reduce(.sum, _): .init(SFUMATO_OP_REDUCE_SUM, since: 0)
    case .reduce(.max, _): .init(SFUMATO_OP_REDUCE_MAX, since: 0)
    case .cumsum: .init(SFUMATO_OP_CUMSUM, since: 1)
    case .reshape: .init(SFUMATO_OP_RESHAPE, since: 0)
    case .transpose: .init(SFUMATO_OP_TRANSPOSE, since: 0)
    case .broadcast: .init(SFUMATO_OP_BROADCAST, since: 0)
    case .slice: .init(SFUMATO_OP_SLICE, since: 0)
    case .pad: .init(SFUMATO_OP_PAD, since: 0)
    case .concat: .init(SFUMATO_OP_CONCAT, since: 0)
    case .gather: .init(SFUMATO_OP_GATHER, since: 0)
    case .scatterAdd: .init(SFUMATO_OP_SCATTER_ADD, since: 0)
    case .matmul: .init(SFUMATO_OP_MATMUL, since: 0)
    case .conv: .init(SFUMATO_OP_CONV, since: 0)
    case .convGradInput: .init(SFUMATO_OP_CONV_GRAD_INPUT, since: 0)
    case .convGradWeight: .init(SFUMATO_OP_CONV_GRAD_WEIGHT, since: 0)
    case .iota: .init(SFUMATO_OP_IOTA, since: 0)
    case .randomBits: .init(SFUMATO_OP_RANDOM_BITS, since: 0)
    case .stopGradient: .init(SFUMATO_OP_STOP_GRADIENT, since: 0)
    case .region(let region):
      .init(SFUMATO_OP_REGION, since: region.body.nodes.map(\.op.entry.minor).max() ?? 0)
    }
  }
}

extension UnaryOp {
  var entry: OperationEntry {
    switch self {
    case .exp: .init(SFUMATO_OP_EXP, since: 0)
    case .log: .init(SFUMATO_OP_LOG, since: 0)
    case .sin: .init(SFUMATO_OP_SIN, since: 0)
    case .cos: .init(SFUMATO_OP_COS, since: 0)
    case .tanh: .init(SFUMATO_OP_TANH, since: 0)
    case .sqrt: .init(SFUMATO_OP_SQRT, since: 0)
    case .reciprocal: .init(SFUMATO_OP_RECIPROCAL, since: 0)
    case .erf: .init(SFUMATO_OP_ERF, since: 1)
    }
  }
}

extension BinaryOp {
  var entry: OperationEntry {
    switch self {
    case .add: .init(SFUMATO_OP_ADD, since: 0)
    case .mul: .init(SFUMATO_OP_MUL, since: 0)
    case .max: .init(SFUMATO_OP_MAX, since: 0)
    case .pow: .init(SFUMATO_OP_POW, since: 0)
    case .less: .init(SFUMATO_OP_LESS, since: 0)
    case .equal: .init(SFUMATO_OP_EQUAL, since: 0)
    }
  }
}

extension DType {
  var code: sfumato_dtype {
    switch self {
    case .f32: SFUMATO_F32
    case .f16: SFUMATO_F16
    case .bf16: SFUMATO_BF16
    case .i32: SFUMATO_I32
    case .u32: SFUMATO_U32
    case .bool: SFUMATO_BOOL
    }
  }

  init?(code: Int32) {
    guard let type = DType.allCases.first(where: { $0.code.rawValue == UInt32(bitPattern: code) }) else {
      return nil
    }
    self = type
  }
}
