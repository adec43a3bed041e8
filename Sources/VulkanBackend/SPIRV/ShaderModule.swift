/// A compiled shader's words, taken apart as far as is needed to put a function into it.
struct ShaderModule {
  /// One instruction: its words, the first of which holds opcode and length.
  typealias Instruction = ArraySlice<UInt32>

  /// Larger than every result's number.
  let bound: UInt32
  private let header: [UInt32]
  /// What stands before the first function, and the functions.
  private let globals: [Instruction]
  private let functions: [Instruction]

  /// - Returns: nil for words that are no module.
  init?(_ words: some Collection<UInt32>) {
    let words = Array(words)
    guard words.count > 5, words[0] == 0x0723_0203 else { return nil }
    header = Array(words[..<5])
    bound = words[3]
    var instructions: [Instruction] = []
    var at = 5
    while at < words.count {
      let length = Int(words[at] >> 16)
      guard length > 0, at + length <= words.count else { return nil }
      instructions.append(words[at..<at + length])
      at += length
    }
    let first = instructions.firstIndex { $0.opcode == .function } ?? instructions.endIndex
    globals = Array(instructions[..<first])
    functions = Array(instructions[first...])
  }

  /// The number of GLSL.std.450, where it is imported.
  var standardImport: UInt32? { globals.first { $0.opcode == .extInstImport }?.operand(0) }

  /// Types and constants that may be declared only once, or need be, as keys of `ModuleBuilder.intern` and their numbers.
  var declarations: [(key: [UInt32], number: UInt32)] {
    globals.compactMap { instruction in
      switch instruction.opcode {
      case .typeVoid, .typeBool, .typeInt, .typeFloat, .typeVector, .typePointer, .typeFunction:
        ([instruction.kind, 0] + instruction.dropFirst(2), instruction.operand(0))
      case .constant:
        ([instruction.kind, instruction.operand(0)] + instruction.dropFirst(3), instruction.operand(1))
      default: nil
      }
    }
  }

  /// A storage buffer of floats, or of vectors of four.
  struct FloatBuffer {
    var variable: UInt32
    /// 1 or 4.
    var width: Int
  }

  /// The buffer at a binding whose elements are floats; others may share the binding.
  func floatBuffer(binding: Int) -> FloatBuffer? {
    var definitions: [UInt32: Instruction] = [:]
    for instruction in globals {
      switch instruction.opcode {
      case .typeFloat, .typeVector, .typeRuntimeArray, .typeStruct, .typePointer:
        definitions[instruction.operand(0)] = instruction
      default: continue
      }
    }
    let bound = Set(
      globals.lazy.filter {
        $0.opcode == .decorate && $0.operand(1) == Enumerant.decorationBinding
          && $0.operand(2) == UInt32(binding)
      }.map { $0.operand(0) })
    for variable in globals where variable.opcode == .variable && bound.contains(variable.operand(1)) {
      guard let block = definitions[variable.operand(0)].flatMap({ definitions[$0.operand(2)] }),
        block.opcode == .typeStruct,
        let element = definitions[block.operand(1)].flatMap({ definitions[$0.operand(1)] })
      else { continue }
      switch element.opcode {
      case .typeFloat where element.operand(1) == 32:
        return FloatBuffer(variable: variable.operand(1), width: 1)
      case .typeVector
      where element.operand(2) == 4 && definitions[element.operand(1)]?.opcode == .typeFloat:
        return FloatBuffer(variable: variable.operand(1), width: 4)
      default: continue
      }
    }
    return nil
  }

  /// The words again, with what `builder` has declared and its functions, of which some are called instead of memory.
  ///
  /// - Parameters:
  ///   - loads: functions of the element's number instead of loads, by the buffer's variable.
  ///   - stores: functions of (element's number, value) instead of stores.
  /// - Returns: nil where one of the buffers is accessed in another manner, or nothing is stored into one.
  func linked(
    _ builder: ModuleBuilder, loads: [UInt32: ModuleBuilder.Function],
    stores: [UInt32: ModuleBuilder.Function]
  ) -> [UInt32]? {
    var next = builder.bound
    /// Pointers to elements of these buffers: the variable and the element's number.
    var pointers: [UInt32: (variable: UInt32, element: UInt32)] = [:]
    var stored: Set<UInt32> = []
    var body: [UInt32] = []
    for instruction in functions {
      switch instruction.opcode {
      case .accessChain, .inBoundsAccessChain:
        let variable = instruction.operand(2)
        if loads[variable] != nil || stores[variable] != nil {
          guard instruction.count == 6 else { return nil }
          pointers[instruction.operand(1)] = (variable, instruction.operand(4))
        }
        body += instruction
      case .load:
        guard let pointer = pointers[instruction.operand(2)] else {
          body += instruction
          continue
        }
        guard let function = loads[pointer.variable] else { return nil }
        ModuleBuilder.append(
          .functionCall, [function.result, instruction.operand(1), function.number, pointer.element],
          to: &body)
      case .store:
        guard let pointer = pointers[instruction.operand(0)] else {
          body += instruction
          continue
        }
        guard let function = stores[pointer.variable] else { return nil }
        ModuleBuilder.append(
          .functionCall,
          [function.result, next, function.number, pointer.element, instruction.operand(1)], to: &body)
        next += 1
        stored.insert(pointer.variable)
      default: body += instruction
      }
    }
    guard stored.count == stores.count else { return nil }
    var words = header
    words[3] = next
    return words + builder.globals(around: globals) + body + builder.body
  }
}

extension ShaderModule.Instruction {
  var kind: UInt32 { self[startIndex] & 0xffff }
  var opcode: Opcode? { Opcode(rawValue: kind) }
  /// A word behind the first.
  func operand(_ number: Int) -> UInt32 { self[startIndex + 1 + number] }
}
