import CVectorKernels

/// A cluster's code with real registers: constants first, then operands and results by liveness.
struct BlockCode {
  private(set) var instructions: [BlockInstruction] = []
  private(set) var constants: [UInt32] = []
  private(set) var operands: [(input: Int, register: Int)] = []
  private(set) var results: [Int] = []
  private(set) var registerCount = 0
  /// Registers that only one instruction ever writes and that no operand or constant occupies.
  private var writers: [Int: Int] = [:]
  private var outputUses: [Int: Int] = [:]

  init(_ body: PointwiseBody) {
    var real = [Int](repeating: -1, count: body.definitions.count)
    var lastUse = [Int](repeating: -1, count: body.definitions.count)
    for (index, instruction) in body.instructions.enumerated() {
      for operand in instruction.operands { lastUse[operand] = index }
    }
    // Outputs keep their registers to the end, so that they can lie in the tensors themselves.
    for output in body.outputs { lastUse[output] = Int.max }
    allocateFixed(body, lastUse, &real)
    allocateResults(body, lastUse, &real)
    results = body.outputs.map { real[$0] }
    for register in results { outputUses[register, default: 0] += 1 }
  }

  private mutating func allocateFixed(_ body: PointwiseBody, _ lastUse: [Int], _ real: inout [Int]) {
    for (index, definition) in body.definitions.enumerated() where lastUse[index] >= 0 {
      guard case .constant(let bits) = definition else { continue }
      real[index] = constants.count
      constants.append(bits)
    }
    registerCount = constants.count
    for (index, definition) in body.definitions.enumerated() where lastUse[index] >= 0 {
      guard case .operand(let input) = definition else { continue }
      real[index] = registerCount
      operands.append((input, registerCount))
      registerCount += 1
    }
  }

  private mutating func allocateResults(_ body: PointwiseBody, _ lastUse: [Int], _ real: inout [Int]) {
    var free: [Int] = []
    for (index, instruction) in body.instructions.enumerated() {
      guard lastUse[instruction.result] >= 0 else { continue }
      for operand in Set(instruction.operands) where lastUse[operand] == index {
        if case .instruction = body.definitions[operand] { free.append(real[operand]) }
      }
      free.sort(by: >)
      let isOutput = lastUse[instruction.result] == Int.max
      if !isOutput, let register = free.popLast() {
        real[instruction.result] = register
      } else {
        real[instruction.result] = registerCount
        registerCount += 1
        if isOutput { writers[real[instruction.result]] = index }
      }
      let a = instruction.operands.map { Int32(real[$0]) }
      instructions.append(
        BlockInstruction(
          op: instruction.op, result: Int32(real[instruction.result]), a: a[0], b: a.count > 1 ? a[1] : a[0],
          c: a.count > 2 ? a[2] : a[0]))
    }
  }

  /// Whether a register is written by one instruction only, as one output.
  func ownsRegister(_ register: Int) -> Bool { writers[register] != nil && outputUses[register] == 1 }

  /// Elements a block: the registers fit into the first-level cache, and operands that repeat after a few elements are
  /// expanded once for all blocks.
  func chooseBlock(_ operands: inout [BlockOperand]) -> Int {
    let target = max(256, min(2048, 8192 / max(1, registerCount)))
    var common = 1
    for index in operands.indices where operands[index].period > 1 {
      let multiple = leastCommonMultiple(common, Int(operands[index].period))
      if multiple <= 4096 { common = multiple } else { operands[index].period = 0 }
    }
    return common >= target ? common : target / common * common
  }
}

func leastCommonMultiple(_ a: Int, _ b: Int) -> Int {
  var (x, y) = (a, b)
  while y != 0 { (x, y) = (y, x % y) }
  return a / x * b
}
