/// Builds one SPIR-V 1.3 module with one compute entry point, instruction by instruction; or a function for a module that there
/// is (`ModuleBuilder+Function.swift`).
///
/// Identical types and constants are made once; every float sum and product is marked so that the driver may not
/// join it with another, which keeps results equal whether or not operations are fused.
struct ModuleBuilder {
  /// The result of an instruction.
  struct ID: Hashable {
    var number: UInt32
  }

  private var nextNumber: UInt32 = 1
  private(set) var capabilities: [UInt32] = []
  private(set) var extensions: [UInt32] = []
  private(set) var annotations: [UInt32] = []
  private(set) var declarations: [UInt32] = []
  private(set) var body: [UInt32] = []
  private var interned: [[UInt32]: ID] = [:]
  private var interfaces: [ID] = []
  private let main: ID
  let standard: ID
  let preservesSpecialFloats: Bool

  /// - Parameter preservesSpecialFloats: asks the driver to keep NaN, ±inf and −0; the device must have it.
  init(preservesSpecialFloats: Bool) {
    self.preservesSpecialFloats = preservesSpecialFloats
    main = ID(number: 1)
    standard = ID(number: 2)
    nextNumber = 3
    ModuleBuilder.append(.capability, [Enumerant.capabilityShader], to: &capabilities)
    if preservesSpecialFloats {
      ModuleBuilder.append(.capability, [Enumerant.capabilitySpecialFloats], to: &capabilities)
      ModuleBuilder.append(.extension, ModuleBuilder.words("SPV_KHR_float_controls"), to: &extensions)
    }
  }

  /// Goes on where a compiled shader ends, with its types and constants.
  init(extending module: ShaderModule, preservesSpecialFloats: Bool) {
    self.preservesSpecialFloats = preservesSpecialFloats
    main = ID(number: 0)
    standard = ID(number: module.standardImport ?? module.bound)
    nextNumber = module.bound + (module.standardImport == nil ? 1 : 0)
    for (key, number) in module.declarations where interned[key] == nil {
      interned[key] = ID(number: number)
    }
    if preservesSpecialFloats {
      ModuleBuilder.append(.capability, [Enumerant.capabilitySpecialFloats], to: &capabilities)
      ModuleBuilder.append(.extension, ModuleBuilder.words("SPV_KHR_float_controls"), to: &extensions)
    }
  }

  /// Larger than every number so far.
  var bound: UInt32 { nextNumber }

  // MARK: Pieces

  mutating func makeID() -> ID {
    defer { nextNumber += 1 }
    return ID(number: nextNumber)
  }

  mutating func require16BitStorage() {
    ModuleBuilder.append(.capability, [Enumerant.capability16BitStorage], to: &capabilities)
  }

  /// A type or constant, made once for equal operands. `operands` follow the result.
  mutating func intern(_ opcode: Opcode, type: ID? = nil, _ operands: [UInt32]) -> ID {
    let key = [opcode.rawValue, type?.number ?? 0] + operands
    if let known = interned[key] { return known }
    let id = makeID()
    let typeWords = type.map { [$0.number] } ?? []
    ModuleBuilder.append(opcode, typeWords + [id.number] + operands, to: &declarations)
    interned[key] = id
    return id
  }

  /// A declaration that must not be shared, such as a struct with decorations or a variable.
  mutating func declare(_ opcode: Opcode, type: ID? = nil, _ operands: [UInt32]) -> ID {
    let id = makeID()
    let typeWords = type.map { [$0.number] } ?? []
    ModuleBuilder.append(opcode, typeWords + [id.number] + operands, to: &declarations)
    return id
  }

  mutating func decorate(_ id: ID, _ decoration: UInt32, _ operands: UInt32...) {
    ModuleBuilder.append(.decorate, [id.number, decoration] + operands, to: &annotations)
  }

  mutating func decorateMember(_ id: ID, _ member: Int, _ decoration: UInt32, _ operands: UInt32...) {
    ModuleBuilder.append(
      .memberDecorate, [id.number, UInt32(member), decoration] + operands, to: &annotations)
  }

  /// An instruction of the function that yields a value.
  mutating func emit(_ opcode: Opcode, _ type: ID, _ operands: ID...) -> ID {
    let id = makeID()
    ModuleBuilder.append(opcode, [type.number, id.number] + operands.map(\.number), to: &body)
    switch opcode {
    case .fAdd, .fSub, .fMul: decorate(id, Enumerant.decorationNoContraction)
    default: break
    }
    return id
  }

  /// An instruction of the function with words that are no results.
  mutating func emit(_ opcode: Opcode, _ type: ID, words: [UInt32]) -> ID {
    let id = makeID()
    ModuleBuilder.append(opcode, [type.number, id.number] + words, to: &body)
    return id
  }

  /// An instruction of GLSL.std.450.
  mutating func emit(_ opcode: ExtendedOpcode, _ type: ID, _ operands: ID...) -> ID {
    emit(.extInst, type, words: [standard.number, opcode.rawValue] + operands.map(\.number))
  }

  /// An instruction of the function that yields nothing.
  mutating func emit(_ opcode: Opcode, _ words: [UInt32]) {
    ModuleBuilder.append(opcode, words, to: &body)
  }

  /// An input variable that holds a built-in.
  mutating func builtIn(_ number: UInt32, type: ID) -> ID {
    let pointer = intern(.typePointer, [Enumerant.storageInput, type.number])
    let variable = declare(.variable, type: pointer, [Enumerant.storageInput])
    decorate(variable, Enumerant.decorationBuiltIn, number)
    interfaces.append(variable)
    return variable
  }

  // MARK: Types and constants

  var void: ID { mutating get { intern(.typeVoid, []) } }
  var bool: ID { mutating get { intern(.typeBool, []) } }
  var uint: ID { mutating get { intern(.typeInt, [32, 0]) } }
  var float: ID { mutating get { intern(.typeFloat, [32]) } }

  mutating func constant(_ value: UInt32) -> ID { intern(.constant, type: uint, [value]) }
  mutating func constant(_ value: Float) -> ID { intern(.constant, type: float, [value.bitPattern]) }

  // MARK: The module

  /// The module's words, with `body` as `void main()` of workgroups of `localSize` invocations.
  mutating func finish(localSize: UInt32) -> [UInt32] {
    let void = void
    let functionType = intern(.typeFunction, [void.number])
    var words: [UInt32] = capabilities + extensions
    ModuleBuilder.append(.extInstImport, [standard.number] + ModuleBuilder.words("GLSL.std.450"), to: &words)
    ModuleBuilder.append(.memoryModel, [Enumerant.addressingLogical, Enumerant.memoryGLSL450], to: &words)
    ModuleBuilder.append(
      .entryPoint,
      [Enumerant.modelGLCompute, main.number] + ModuleBuilder.words("main") + interfaces.map(\.number),
      to: &words)
    ModuleBuilder.append(
      .executionMode, [main.number, Enumerant.modeLocalSize, localSize, 1, 1], to: &words)
    if preservesSpecialFloats {
      ModuleBuilder.append(.executionMode, [main.number, Enumerant.modeSpecialFloats, 32], to: &words)
    }
    words += annotations + declarations
    ModuleBuilder.append(.function, [void.number, main.number, 0, functionType.number], to: &words)
    ModuleBuilder.append(.label, [makeID().number], to: &words)
    words += body
    ModuleBuilder.append(.functionEnd, [], to: &words)
    let version: UInt32 = 0x0001_0300
    return [0x0723_0203, version, 0, nextNumber, 0] + words
  }

  static func append(_ opcode: Opcode, _ operands: [UInt32], to section: inout [UInt32]) {
    section.append(UInt32(operands.count + 1) << 16 | opcode.rawValue)
    section += operands
  }

  /// A string as SPIR-V writes it: UTF-8, ended by a zero, filled up to whole words.
  static func words(_ text: String) -> [UInt32] {
    let bytes = Array(text.utf8) + [0]
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      (0..<4).reduce(0) { word, i in
        start + i < bytes.count ? word | UInt32(bytes[start + i]) << UInt32(8 * i) : word
      }
    }
  }
}
