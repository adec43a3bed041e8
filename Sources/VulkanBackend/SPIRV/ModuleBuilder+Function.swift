/// Functions for a module that there is: what the module must declare for them, and their words, which are the body.
extension ModuleBuilder {
  struct Function {
    let number: UInt32
    /// The number of what it yields' type.
    let result: UInt32
    let parameters: [ID]
  }

  /// A function whose body is what is emitted from here on.
  mutating func beginFunction(returning result: ID, _ parameters: [ID]) -> Function {
    let type = intern(.typeFunction, [result.number] + parameters.map(\.number))
    let function = Function(
      number: makeID().number, result: result.number, parameters: parameters.map { _ in makeID() })
    emit(.function, [function.result, function.number, 0, type.number])
    for (type, parameter) in zip(parameters, function.parameters) {
      emit(.functionParameter, [type.number, parameter.number])
    }
    emit(.label, [makeID().number])
    return function
  }

  mutating func endFunction(returning value: ID? = nil) {
    if let value { emit(.returnValue, [value.number]) } else { emit(.return, []) }
    emit(.functionEnd, [])
  }

  /// A float, or a vector of them.
  mutating func floats(_ width: Int) -> ID {
    width == 1 ? float : intern(.typeVector, [float.number, UInt32(width)])
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
