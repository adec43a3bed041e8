/// A function for a module that there is: what the module must declare for it, and its words.
extension ModuleBuilder {
  struct Function {
    let void: UInt32
    let type: UInt32
    let number: UInt32
    let element: ID
    let value: ID
  }

  /// `void f(uint element, float value)`, or with a vector of four; the body is what is emitted from here on.
  mutating func beginFunction(width: Int) -> Function {
    let value = width == 1 ? float : intern(.typeVector, [float.number, UInt32(width)])
    let type = intern(.typeFunction, [void.number, uint.number, value.number])
    let number = makeID()
    let function = Function(
      void: void.number, type: type.number, number: number.number, element: makeID(), value: makeID())
    emit(.function, [function.void, number.number, 0, function.type])
    emit(.functionParameter, [uint.number, function.element.number])
    emit(.functionParameter, [value.number, function.value.number])
    emit(.label, [makeID().number])
    return function
  }

  /// The function's words.
  func function(_ function: Function) -> [UInt32] {
    var words = body
    Self.append(.return, [], to: &words)
    Self.append(.functionEnd, [], to: &words)
    return words
  }

  /// A module's instructions before its first function, with what the function needs among them.
  func globals(around module: [ShaderModule.Instruction]) -> [UInt32] {
    let variables = Self.instructions(declarations).filter { $0.opcode == .variable }.map { $0.operand(1) }
    var sections = [[ShaderModule.Instruction]](repeating: [], count: Self.sectionCount)
    for instruction in module { sections[Self.section(instruction)].append(instruction) }
    if let entry = sections[Self.section(of: .entryPoint)].first {
      // From SPIR-V 1.4 on it lists all variables.
      var words: [UInt32] = []
      Self.append(.entryPoint, entry.dropFirst() + variables, to: &words)
      sections[Self.section(of: .entryPoint)] = [words[...]]
      if preservesSpecialFloats {
        sections[Self.section(of: .executionMode)] += Self.instruction(
          .executionMode, [entry.operand(1), Enumerant.modeSpecialFloats, 32])
      }
    }
    if !module.contains(where: { $0.opcode == .extInstImport }) {
      sections[Self.section(of: .extInstImport)] += Self.instruction(
        .extInstImport, [standard.number] + Self.words("GLSL.std.450"))
    }
    for words in [capabilities, extensions, annotations, declarations] {
      for instruction in Self.instructions(words) {
        let section = Self.section(instruction)
        let isThere = section < Self.section(of: .extInstImport) && sections[section].contains(instruction)
        if !isThere { sections[section].append(instruction) }
      }
    }
    return sections.joined().flatMap { $0 }
  }

  private static func instruction(_ opcode: Opcode, _ operands: [UInt32]) -> [ShaderModule.Instruction] {
    var words: [UInt32] = []
    append(opcode, operands, to: &words)
    return [words[...]]
  }

  private static func instructions(_ words: [UInt32]) -> [ShaderModule.Instruction] {
    var instructions: [ShaderModule.Instruction] = []
    var rest = words[...]
    while let first = rest.first {
      instructions.append(rest.prefix(Int(first >> 16)))
      rest = rest.dropFirst(Int(first >> 16))
    }
    return instructions
  }

  // MARK: The order of instructions in a module ("Logical Layout of a Module" in the specification)

  private static let sectionCount = 9

  private static func section(_ instruction: ShaderModule.Instruction) -> Int {
    if let opcode = instruction.opcode { return section(of: opcode) }
    return switch instruction.kind {
    case 331: section(of: .executionMode)  // OpExecutionModeId
    case 2...8, 330: 6  // Names and sources
    case 73...75, 332, 5632, 5633: section(of: .decorate)
    default: sectionCount - 1
    }
  }

  private static func section(of opcode: Opcode) -> Int {
    switch opcode {
    case .capability: 0
    case .extension: 1
    case .extInstImport: 2
    case .memoryModel: 3
    case .entryPoint: 4
    case .executionMode: 5
    case .decorate, .memberDecorate: 7
    default: sectionCount - 1
    }
  }
}
