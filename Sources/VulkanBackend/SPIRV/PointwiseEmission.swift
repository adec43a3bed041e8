import SfumatoGraph

/// Emits what a pointwise region computes for one element: its operands' loads, the body in f32 or on 32-bit words, and the
/// stores of its outputs.
struct PointwiseEmission {
  typealias ID = ModuleBuilder.ID

  var module: ModuleBuilder
  let body: Program
  /// The shape that is walked over.
  private let shape: Shape
  /// The buffer of each operand: the body's inputs, then its outputs; nil for what is given.
  private let operandBindings: [Int?]
  private let isWritten: [Bool]
  /// What becomes of results that are not stored where they are computed, by the value that the body yields.
  private let moves: [ValueID: ChannelMove]
  private var values: [ValueID: ID] = [:]
  private var buffers: [ModuleBuilder.StorageBuffer] = []
  /// The element at which each operand begins; all at 0 where empty.
  var offsets: [ID] = []
  private(set) var index: ID
  private var loaded: [Load: ID] = [:]

  /// A value read for a broadcast; two of the same are read once.
  private struct Load: Hashable {
    var value: ValueID
    var shape: Shape
  }

  /// - Parameter shape: the shape that is walked over; nil for that of the outputs.
  init(
    _ module: ModuleBuilder, _ body: Program, shape: Shape? = nil, bindings: [Int?], isWritten: [Bool]
  ) {
    self.module = module
    self.body = body
    self.shape = shape ?? body[body.outputs[0].value].shape
    operandBindings = bindings
    self.isWritten = isWritten
    moves = Self.channelMoves(in: body)
    index = ID(number: 0)
  }

  /// Computes and stores one element.
  ///
  /// - Parameter given: what needs no load.
  mutating func emitElement(_ index: ID, given: [ValueID: ID] = [:]) throws(VulkanError) {
    self.index = index
    values = given
    loaded = [:]
    for node in body.nodes where !node.op.movesElements { try emit(node) }
    // Everything is read before anything is written: an output may lie on a dying operand.
    let results = body.outputs.map { operand(moves[$0.value]?.moved ?? $0.value) }
    for (position, result) in results.enumerated() {
      if let move = moves[body.outputs[position].value] {
        try store(result, position, move)
      } else {
        store(result, position, at: index)
      }
    }
  }

  /// Computes one element of the only output.
  mutating func value(_ index: ID) throws(VulkanError) -> ID {
    self.index = index
    values = [:]
    loaded = [:]
    for node in body.nodes { try emit(node) }
    return operand(body.outputs[0].value)
  }

  // MARK: The frame

  /// Declares the operands' buffers, the first of them at `firstBinding`.
  mutating func declareBuffers(firstBinding: Int = 0) {
    let dtypes = operandTypes()
    let bound = zip(dtypes, operandBindings).compactMap { $1 == nil ? nil : $0 }
    if bound.contains(where: { $0.byteSize == 2 }) { module.require16BitStorage() }
    for (number, isWritten) in isWritten.enumerated() {
      let operand = operandBindings.firstIndex(of: number) ?? 0
      buffers.append(
        module.declareBuffer(
          firstBinding + number, is16Bit: dtypes[operand].byteSize == 2, isWritten: isWritten))
    }
  }

  private func operandTypes() -> [DType] {
    (body.inputs + body.outputs).prefix(operandBindings.count).map { body[$0.value].dtype }
  }

  /// Declares and reads `count` push constants.
  mutating func pushConstants(_ count: Int) -> [ID] {
    let uint = module.uint
    let block = module.declare(.typeStruct, Array(repeating: uint.number, count: count))
    module.decorate(block, Enumerant.decorationBlock)
    for member in 0..<count {
      module.decorateMember(block, member, Enumerant.decorationOffset, UInt32(4 * member))
    }
    let pointer = module.intern(.typePointer, [Enumerant.storagePushConstant, block.number])
    let variable = module.declare(.variable, type: pointer, [Enumerant.storagePushConstant])
    let word = module.intern(.typePointer, [Enumerant.storagePushConstant, uint.number])
    return (0..<count).map { member in
      let number = module.constant(UInt32(member))
      return module.emit(.load, uint, module.emit(.accessChain, word, variable, number))
    }
  }

  /// The workgroup's number, for which workgroups are folded over y, and the invocation's in it.
  mutating func workgroup() -> (number: ID, lane: ID) {
    let uint = module.uint
    let vector = module.intern(.typeVector, [uint.number, 3])
    let groupVariable = module.builtIn(Enumerant.builtInWorkgroupId, type: vector)
    let countVariable = module.builtIn(Enumerant.builtInNumWorkgroups, type: vector)
    let laneVariable = module.builtIn(Enumerant.builtInLocalInvocationIndex, type: uint)
    let group = module.emit(.load, vector, groupVariable)
    let counts = module.emit(.load, vector, countVariable)
    let lane = module.emit(.load, uint, laneVariable)
    let x = module.emit(.compositeExtract, uint, words: [group.number, 0])
    let y = module.emit(.compositeExtract, uint, words: [group.number, 1])
    let width = module.emit(.compositeExtract, uint, words: [counts.number, 0])
    return (module.add(integers: module.multiply(integers: y, width), x), lane)
  }

  /// What runs where a < b only.
  mutating func emit(
    whereLess a: ID, than b: ID, _ body: (inout PointwiseEmission) throws(VulkanError) -> Void
  ) throws(VulkanError) {
    let (inside, done) = (module.makeID(), module.makeID())
    let isLess = module.emit(.uLessThan, module.bool, a, b)
    module.emit(.selectionMerge, [done.number, 0])
    module.emit(.branchConditional, [isLess.number, inside.number, done.number])
    module.emit(.label, [inside.number])
    try body(&self)
    module.emit(.branch, [done.number])
    module.emit(.label, [done.number])
  }

  // MARK: Memory

  /// An element of an operand, wherever the current one is; nil for the first.
  mutating func load(_ value: ValueID, at element: ID?) -> ID {
    let position = body.inputs.firstIndex { $0.value == value } ?? 0
    let pointer = elementPointer(position, element)
    return register(module.emit(.load, elementType(position), pointer), body[value].dtype, position)
  }

  /// The operand read where it lies for the current element, its extents of 1 repeated up to the output's shape.
  private mutating func load(_ value: ValueID) -> ID {
    let operandShape = body[value].shape
    let key = Load(value: value, shape: operandShape)
    if let known = loaded[key] { return known }
    let result = load(value, at: broadcastIndex(operandShape))
    loaded[key] = result
    return result
  }

  private mutating func elementType(_ position: Int) -> ID {
    buffers[operandBindings[position] ?? 0].is16Bit ? module.intern(.typeInt, [16, 0]) : module.uint
  }

  private mutating func elementPointer(_ position: Int, _ element: ID?) -> ID {
    let buffer = buffers[operandBindings[position] ?? 0]
    let zero = module.constant(0 as UInt32)
    let offset = offsets.isEmpty ? nil : offsets[position]
    let at: ID
    if let offset, let element {
      at = module.add(integers: offset, element)
    } else {
      at = offset ?? element ?? zero
    }
    return module.emit(.accessChain, buffer.elementPointer, buffer.variable, zero, at)
  }

  /// Memory's word as the register form of its type: float, uint or bool.
  private mutating func register(_ word: ID, _ dtype: DType, _ position: Int) -> ID {
    switch dtype {
    case .f32: return module.float(bits: word)
    case .i32, .u32: return word
    case .bool: return module.emit(.iNotEqual, module.bool, word, module.constant(0 as UInt32))
    case .f16, .bf16: return module.float(half: word, dtype)
    }
  }

  /// The element of an operand of this shape that the current output element reads; nil for element 0.
  private mutating func broadcastIndex(_ operand: Shape) -> ID? {
    if operand.count == shape.count { return index }
    var sum: ID?
    for run in BroadcastRun.runs(of: operand, in: shape) {
      var coordinate = index
      if run.outputStride > 1 {
        let divisor = module.constant(UInt32(run.outputStride))
        coordinate = module.emit(.uDiv, module.uint, coordinate, divisor)
      }
      if !run.isOutermost {
        let extent = module.constant(UInt32(run.extent))
        coordinate = module.emit(.uMod, module.uint, coordinate, extent)
      }
      if run.operandStride > 1 {
        coordinate = module.multiply(integers: coordinate, module.constant(UInt32(run.operandStride)))
      }
      sum = sum.map { module.add(integers: $0, coordinate) } ?? coordinate
    }
    return sum
  }

  mutating func store(_ result: ID, _ outputPosition: Int, at element: ID) {
    let position = body.inputs.count + outputPosition
    let word = memory(result, body[body.outputs[outputPosition].value].dtype)
    let pointer = elementPointer(position, element)
    module.emit(.store, [pointer.number, word.number])
  }

  /// A register as memory's word.
  private mutating func memory(_ value: ID, _ dtype: DType) -> ID {
    switch dtype {
    case .f32: return module.bits(value)
    case .i32, .u32: return value
    case .bool:
      let (one, zero) = (module.constant(1 as UInt32), module.constant(0 as UInt32))
      return module.emit(.select, module.uint, value, one, zero)
    case .f16:
      return module.emit(.uConvert, module.intern(.typeInt, [16, 0]), module.halfBits(value))
    case .bf16:
      return module.emit(.uConvert, module.intern(.typeInt, [16, 0]), module.bfloat16Bits(value))
    }
  }

  private mutating func operand(_ value: ValueID) -> ID { values[value] ?? load(value) }

  // MARK: The body

  private mutating func emit(_ node: Node) throws(VulkanError) {
    let output = node.outputs[0]
    let type = body[output]
    let result: ID
    switch node.op {
    case .constant(.splat(let number), _): result = module.constant(number, type.dtype)
    case .broadcast: result = load(node.inputs[0])
    case .stopGradient: result = operand(node.inputs[0])
    case .unary(let op): result = module.round(module.apply(op, operand(node.inputs[0])), to: type.dtype)
    case .binary(let op):
      let (a, b) = (operand(node.inputs[0]), operand(node.inputs[1]))
      result = module.round(module.apply(op, a, b, body[node.inputs[0]].dtype), to: type.dtype)
    case .select:
      let (c, a, b) = (operand(node.inputs[0]), operand(node.inputs[1]), operand(node.inputs[2]))
      result = module.emit(.select, module.registerType(type.dtype), c, a, b)
    case .cast(let dtype):
      result = module.cast(operand(node.inputs[0]), from: body[node.inputs[0]].dtype, to: dtype)
    default: throw .unsupported("\(node.op.name) inside a pointwise region")
    }
    values[output] = result
  }
}

extension Op {
  /// Whether it stands at the end of a body, where it says what becomes of results.
  fileprivate var movesElements: Bool {
    switch self {
    case .reshape, .slice, .concat: true
    default: false
    }
  }
}
