import CVectorKernels
import SfumatoBackend
import SfumatoGraph

extension Lowering {
  /// A cluster, run block by block.
  func pointwise(_ node: Node) throws(BackendError) -> [Phase] {
    guard let cluster = try pointwiseCluster(node) else { return [] }
    let pieces = Pieces(cluster.count, grain: 1 << 14, multipleOf: cluster.block)
    let table = table, workspace = workspace
    return [
      Phase(units: pieces.units) { unit, worker in
        cluster.run(pieces[unit], table, workspace.scratch(worker))
      }
    ]
  }

  /// A cluster, ready to run on any part of its elements; nil where it has none.
  func pointwiseCluster(_ node: Node) throws(BackendError) -> PointwiseCluster? {
    let (inputs, outputs) = (node.inputs, node.outputs)
    let body: PointwiseBody
    if case .region(let region) = node.op {
      body = PointwiseBody(region.body)
    } else {
      body = PointwiseBody(node, program)
    }
    let count = body.shape.count
    guard count > 0 else { return nil }
    let code = BlockCode(body)
    guard code.registerCount <= Int(BlockRegisterLimit) else {
      throw .unsupported(
        backend: "fftw", operation: "pointwise",
        problem: "a cluster needs \(code.registerCount) registers, at most \(BlockRegisterLimit) are there")
    }
    var operands: [BlockOperand] = []
    for (input, register) in code.operands {
      operands.append(
        BlockOperand(values[inputs[input]], program[inputs[input]], body.shape, register: register))
    }
    let block = code.chooseBlock(&operands)
    let results = zip(outputs, code.results).map { value, register in
      BlockResult(
        base: values[value], storage: program[value].dtype.storage.rawValue, reg: Int32(register),
        direct: isDirect(value, register, code, inputs))
    }
    workspace.needScratch(code.registerCount * block)
    var alignment = 1
    var readInPlace: Set<ValueID> = [], readOtherwise: Set<ValueID> = []
    for (operand, source) in zip(operands, code.operands) {
      alignment = leastCommonMultiple(alignment, max(1, Int(operand.period)))
      if operand.rank == 0 {
        readInPlace.insert(inputs[source.input])
      } else {
        readOtherwise.insert(inputs[source.input])
      }
    }
    return PointwiseCluster(
      count: count, block: block, stored: StoredBlockProgram(code, operands, results, block: block),
      alignment: alignment, readInPlace: readInPlace, readOtherwise: readOtherwise)
  }

  /// Whether instructions may write straight into an output: its memory is no operand's, and the register that it
  /// comes from is no operand, no constant and no other output's.
  private func isDirect(_ value: ValueID, _ register: Int, _ code: BlockCode, _ inputs: [ValueID]) -> Bool {
    let place = plan[value], type = program[value]
    guard type.dtype.byteSize == 4, code.ownsRegister(register) else { return false }
    return !inputs.contains { input in
      let other = plan[input]
      return other.base == place.base && other.byteOffset < place.byteOffset + type.byteCount
        && place.byteOffset < other.byteOffset + program[input].byteCount
    }
  }
}

extension BlockOperand {
  /// The operand of type `type` at `base`, repeated to `shape`.
  init(_ base: UnsafeRawPointer, _ type: TensorType, _ shape: Shape, register: Int) {
    self.init()
    self.base = base
    storage = type.dtype.storage.rawValue
    reg = Int32(register)
    let merged = MergedDimensions(shape.dimensions, [Self.strides(of: type.shape, in: shape)])
    let strides = merged.strides[0]
    if merged.shape.isEmpty || strides.allSatisfy({ $0 == 0 }) {
      // One element for all.
      rank = 1
      setDimensions([Int(Int32.max)], [0])
      period = 1
    } else if strides == [1] {
      rank = 0
    } else {
      rank = Int32(merged.shape.count)
      setDimensions(merged.shape, strides)
      period = strides.count == 2 && strides == [0, 1] ? Int64(merged.shape[1]) : 0
    }
  }

  private mutating func setDimensions(_ extents: [Int], _ steps: [Int]) {
    storeNumbers(extents, in: &shape)
    storeNumbers(steps, in: &strides)
  }

  /// Strides that read a tensor of shape `from` at the indices of `shape`, 0 where it is repeated.
  static func strides(of from: Shape, in shape: Shape) -> [Int] {
    zip(from.strides, zip(from.dimensions, shape.dimensions)).map { $1.0 == 1 && $1.1 != 1 ? 0 : $0 }
  }
}

/// A cluster of elementwise operations over the values of a program.
struct PointwiseCluster {
  /// Elements.
  let count: Int
  /// Elements that are worked on together.
  let block: Int
  fileprivate let stored: StoredBlockProgram
  /// A part must begin at a multiple of this.
  let alignment: Int
  /// Operands whose elements stand where those of the results do, and others.
  let readInPlace: Set<ValueID>
  let readOtherwise: Set<ValueID>

  func run(_ part: Range<Int>, _ table: VectorKernels, _ scratch: Floats) {
    table.blocks(stored.program, Int64(part.lowerBound), Int64(part.upperBound), scratch)
  }
}

/// A block program with its tables, at fixed addresses.
final class StoredBlockProgram {
  let program: UnsafePointer<BlockProgram>
  private let tables: [UnsafeMutableRawPointer]

  init(_ code: BlockCode, _ operands: [BlockOperand], _ results: [BlockResult], block: Int) {
    let instructions = Self.table(code.instructions)
    let operandTable = Self.table(operands)
    let resultTable = Self.table(results)
    let constants = Self.table(code.constants)
    let whole = UnsafeMutablePointer<BlockProgram>.allocate(capacity: 1)
    whole.initialize(
      to: BlockProgram(
        instructions: instructions, instructionCount: Int32(code.instructions.count), operands: operandTable,
        operandCount: Int32(operands.count), results: resultTable, resultCount: Int32(results.count),
        constants: constants, constantCount: Int32(code.constants.count),
        registerCount: Int32(code.registerCount), block: Int64(block)))
    program = UnsafePointer(whole)
    tables = [
      UnsafeMutableRawPointer(instructions), UnsafeMutableRawPointer(operandTable),
      UnsafeMutableRawPointer(resultTable), UnsafeMutableRawPointer(constants),
      UnsafeMutableRawPointer(whole),
    ]
  }

  deinit { for table in tables { table.deallocate() } }

  private static func table<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let table = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    table.initialize(from: elements, count: elements.count)
    return table
  }
}
