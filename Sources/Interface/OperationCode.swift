import CSfumatoBackend
import SfumatoGraph

extension Op {
  /// The operation's number in the C interface.
  public var code: sfumato_op {
    switch self {
    case .constant: SFUMATO_OP_CONSTANT
    case .unary(let op): op.code
    case .binary(let op): op.code
    case .cast: SFUMATO_OP_CAST
    case .select: SFUMATO_OP_SELECT
    case .reduce(.sum, _): SFUMATO_OP_REDUCE_SUM
    case .reduce(.max, _): SFUMATO_OP_REDUCE_MAX
    case .reshape: SFUMATO_OP_RESHAPE
    case .transpose: SFUMATO_OP_TRANSPOSE
    case .broadcast: SFUMATO_OP_BROADCAST
    case .slice: SFUMATO_OP_SLICE
    case .pad: SFUMATO_OP_PAD
    case .concat: SFUMATO_OP_CONCAT
    case .gather: SFUMATO_OP_GATHER
    case .scatterAdd: SFUMATO_OP_SCATTER_ADD
    case .matmul: SFUMATO_OP_MATMUL
    case .conv: SFUMATO_OP_CONV
    case .convGradInput: SFUMATO_OP_CONV_GRAD_INPUT
    case .convGradWeight: SFUMATO_OP_CONV_GRAD_WEIGHT
    case .iota: SFUMATO_OP_IOTA
    case .randomBits: SFUMATO_OP_RANDOM_BITS
    case .stopGradient: SFUMATO_OP_STOP_GRADIENT
    case .region: SFUMATO_OP_REGION
    }
  }
}

extension UnaryOp {
  var code: sfumato_op {
    switch self {
    case .exp: SFUMATO_OP_EXP
    case .log: SFUMATO_OP_LOG
    case .sin: SFUMATO_OP_SIN
    case .cos: SFUMATO_OP_COS
    case .tanh: SFUMATO_OP_TANH
    case .sqrt: SFUMATO_OP_SQRT
    case .reciprocal: SFUMATO_OP_RECIPROCAL
    }
  }
}

extension BinaryOp {
  var code: sfumato_op {
    switch self {
    case .add: SFUMATO_OP_ADD
    case .mul: SFUMATO_OP_MUL
    case .max: SFUMATO_OP_MAX
    case .pow: SFUMATO_OP_POW
    case .less: SFUMATO_OP_LESS
    case .equal: SFUMATO_OP_EQUAL
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
