/// The SPIR-V instructions that the generated kernels use, by their number in the specification.
enum Opcode: UInt32 {
  case `extension` = 10
  case extInstImport = 11
  case extInst = 12
  case memoryModel = 14
  case entryPoint = 15
  case executionMode = 16
  case capability = 17
  case typeVoid = 19
  case typeBool = 20
  case typeInt = 21
  case typeFloat = 22
  case typeVector = 23
  case typeRuntimeArray = 29
  case typeStruct = 30
  case typePointer = 32
  case typeFunction = 33
  case constant = 43
  case function = 54
  case functionParameter = 55
  case functionEnd = 56
  case functionCall = 57
  case variable = 59
  case load = 61
  case store = 62
  case accessChain = 65
  case inBoundsAccessChain = 66
  case decorate = 71
  case memberDecorate = 72
  case compositeConstruct = 80
  case compositeExtract = 81
  case convertFToU = 109
  case convertFToS = 110
  case convertSToF = 111
  case convertUToF = 112
  case uConvert = 113
  case bitcast = 124
  case fNegate = 127
  case iAdd = 128
  case fAdd = 129
  case iSub = 130
  case fSub = 131
  case iMul = 132
  case fMul = 133
  case uDiv = 134
  case fDiv = 136
  case uMod = 137
  case logicalEqual = 164
  case logicalOr = 166
  case logicalAnd = 167
  case logicalNot = 168
  case select = 169
  case iEqual = 170
  case iNotEqual = 171
  case uGreaterThan = 172
  case uLessThan = 176
  case sLessThan = 177
  case fOrdEqual = 180
  case fUnordNotEqual = 183
  case fOrdLessThan = 184
  case shiftRightLogical = 194
  case shiftRightArithmetic = 195
  case shiftLeftLogical = 196
  case bitwiseOr = 197
  case bitwiseXor = 198
  case bitwiseAnd = 199
  case selectionMerge = 247
  case label = 248
  case branch = 249
  case branchConditional = 250
  case `return` = 253
  case returnValue = 254
}

/// The instructions of the extended set GLSL.std.450 that the generated kernels use.
enum ExtendedOpcode: UInt32 {
  case roundEven = 2
  case trunc = 3
  case fAbs = 4
  case sqrt = 31
  case fClamp = 43
  case packHalf2x16 = 58
  case unpackHalf2x16 = 62
}

/// Decorations, built-ins, storage classes and the like, by their number in the specification.
enum Enumerant {
  static let capabilityShader: UInt32 = 1
  static let capability16BitStorage: UInt32 = 4433
  static let capabilitySpecialFloats: UInt32 = 4466
  static let modeLocalSize: UInt32 = 17
  static let modeSpecialFloats: UInt32 = 4461
  static let modelGLCompute: UInt32 = 5
  static let addressingLogical: UInt32 = 0
  static let memoryGLSL450: UInt32 = 1
  static let storageInput: UInt32 = 1
  static let storagePushConstant: UInt32 = 9
  static let storageBuffer: UInt32 = 12
  static let decorationBlock: UInt32 = 2
  static let decorationArrayStride: UInt32 = 6
  static let decorationBuiltIn: UInt32 = 11
  static let decorationNonWritable: UInt32 = 24
  static let decorationBinding: UInt32 = 33
  static let decorationDescriptorSet: UInt32 = 34
  static let decorationOffset: UInt32 = 35
  static let decorationNoContraction: UInt32 = 42
  static let builtInNumWorkgroups: UInt32 = 24
  static let builtInWorkgroupId: UInt32 = 26
  static let builtInLocalInvocationIndex: UInt32 = 29
}
