import CVectorKernels
import SfumatoGraph

/// A cluster of pointwise operations as straight-line code over registers of one block each.
struct PointwiseBody {
  /// What a virtual register holds.
  enum Definition: Hashable {
    case constant(UInt32)
    case operand(Int)
    case instruction(Int)
  }

  struct Instruction {
    var op: BlockOp
    var operands: [Int]
    var result: Int
  }

  let shape: Shape
  private(set) var definitions: [Definition] = []
  private(set) var instructions: [Instruction] = []
  /// The virtual register of each output.
  private(set) var outputs: [Int] = []

  /// The cluster of one node.
  init(_ node: Node, _ program: Program) {
    shape = program[node.outputs[0]].shape
    let registers = node.inputs.indices.map { define(.operand($0)) }
    outputs = [ownResult(emit(node.op, registers, node.inputs.map { program[$0] }, program[node.outputs[0]]))]
  }

  /// The body of a `pointwise` region.
  init(_ body: Program) {
    shape = body[body.outputs[0].value].shape
    var registers: [ValueID: Int] = [:]
    for (index, port) in body.inputs.enumerated() { registers[port.value] = define(.operand(index)) }
    for node in body.nodes {
      let result = node.outputs[0], type = body[result]
      let operands = node.inputs.compactMap { registers[$0] }
      switch node.op {
      case .constant(let literal, _): registers[result] = define(.constant(Self.bits(literal[0], type.dtype)))
      case .broadcast, .stopGradient: registers[result] = operands[0]
      default: registers[result] = emit(node.op, operands, node.inputs.map { body[$0] }, type)
      }
    }
    outputs = body.outputs.compactMap { registers[$0.value] }.map { ownResult($0) }
  }

  /// An output that is an operand or a constant gets a register of its own: an operand's memory may be another
  /// output's.
  private mutating func ownResult(_ register: Int) -> Int {
    if case .instruction = definitions[register] { return register }
    return emit(BlockOpMove, [register])
  }

  private mutating func define(_ definition: Definition) -> Int {
    if case .constant = definition, let known = definitions.firstIndex(of: definition) { return known }
    definitions.append(definition)
    return definitions.count - 1
  }

  private mutating func emit(_ op: BlockOp, _ operands: [Int]) -> Int {
    let result = define(.instruction(instructions.count))
    instructions.append(Instruction(op: op, operands: operands, result: result))
    return result
  }

  private mutating func emit(_ op: Op, _ operands: [Int], _ types: [TensorType], _ type: TensorType) -> Int {
    switch op {
    case .unary(let op): return emit(op.blockOp, operands)
    case .binary(let op): return emit(op.blockOp(types[0].dtype), operands)
    case .select: return emit(BlockOpSelect, operands)
    case .cast(let dtype): return castRegister(operands[0], from: types[0].dtype, to: dtype)
    default: return operands[0]
    }
  }

  private mutating func castRegister(_ register: Int, from: DType, to: DType) -> Int {
    switch (from, to) {
    case (_, _) where from == to: return register
    case (.f32, .bool), (.f16, .bool), (.bf16, .bool): return emit(BlockOpNonZeroFloat, [register])
    case (_, .bool): return emit(BlockOpNonZeroInt, [register])
    case (.f32, .i32), (.f16, .i32), (.bf16, .i32): return emit(BlockOpFloatToInt, [register])
    case (.f32, .u32), (.f16, .u32), (.bf16, .u32): return emit(BlockOpFloatToUInt, [register])
    case (_, .i32), (_, .u32): return register
    case (_, .f32), (_, .f16), (_, .bf16):
      var result = register
      if from == .i32 { result = emit(BlockOpIntToFloat, [register]) }
      if from == .u32 || from == .bool { result = emit(BlockOpUIntToFloat, [register]) }
      if to == .f16 { return emit(BlockOpRoundF16, [result]) }
      return to == .bf16 ? emit(BlockOpRoundBF16, [result]) : result
    }
  }

  /// The word that a register holds for `value`.
  private static func bits(_ value: Double, _ dtype: DType) -> UInt32 {
    switch dtype {
    case .f32: Float(value).bitPattern
    case .f16: Float(halfBits: Float(value).halfBits).bitPattern
    case .bf16: UInt32(Float(value).bfloat16Bits) << 16
    case .i32: UInt32(bitPattern: Int32(value))
    case .u32: UInt32(value)
    case .bool: value == 0 ? 0 : 1
    }
  }
}

extension UnaryOp {
  fileprivate var blockOp: BlockOp {
    switch self {
    case .exp: BlockOpExp
    case .log: BlockOpLog
    case .sin: BlockOpSin
    case .cos: BlockOpCos
    case .tanh: BlockOpTanh
    case .sqrt: BlockOpSqrt
    case .reciprocal: BlockOpReciprocal
    case .erf: BlockOpErf
    }
  }
}

extension BinaryOp {
  fileprivate func blockOp(_ dtype: DType) -> BlockOp {
    if dtype.isFloat {
      switch self {
      case .add: return BlockOpAdd
      case .mul: return BlockOpMul
      case .max: return BlockOpMax
      case .pow: return BlockOpPow
      case .less: return BlockOpLess
      case .equal: return BlockOpEqual
      }
    }
    switch self {
    case .add: return BlockOpAddInt
    case .mul: return BlockOpMulInt
    case .max: return dtype == .i32 ? BlockOpMaxInt : BlockOpMaxUInt
    case .pow: return dtype == .i32 ? BlockOpPowInt : BlockOpPowUInt
    case .less: return dtype == .i32 ? BlockOpLessInt : BlockOpLessUInt
    case .equal: return BlockOpEqualInt
    }
  }
}
