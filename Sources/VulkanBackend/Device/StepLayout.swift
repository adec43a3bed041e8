import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// What the kernels of a step need beside its values.
struct WorkingMemory {
  /// Of one operation at a time.
  var scratchBytes: Int
  /// Of all of them together.
  var keptBytes: Int
  /// Behind the constants.
  var tables: TensorTables
}

/// Where everything of a step lies: the numbers of its buffers, the places in them, and the commands.
struct StepLayout {
  static let arena = BufferID(index: 0)
  static let constants = BufferID(index: 1)
  static let scratch = BufferID(index: 2)
  /// The inputs, and the host's side of them and of the outputs; one of each a slot.
  static let inputs = BufferID(index: 3)
  static let upload = BufferID(index: 4)
  static let readback = BufferID(index: 5)
  /// What operations leave for later ones, beside the program's values.
  static let kept = BufferID(index: 6)
  /// The state store's buffers follow, and further pieces of the arena.
  static let firstState = 7

  let planned: PlannedProgram
  private let inputOffsets: [Int]
  private let outputOffsets: [Int]
  private let constantOffsets: [Int: Int]
  private let statePlaces: [Operand]
  let inputByteCount: Int
  let outputByteCount: Int
  let constantByteCount: Int
  /// Bytes of each piece of the arena, and the pieces' buffers.
  let arenaPieces: [(buffer: BufferID, bytes: Int)]
  private let arenaPage: Int

  /// - Throws: `BackendError.mismatch` where `state` does not have what the program names, `VulkanError.memoryLimit` for a tensor
  ///   that is larger than a piece of the arena.
  init(_ planned: PlannedProgram, _ state: VulkanStateStore) throws {
    self.planned = planned
    let plan = planned.plan, page = plan.arenaPageByteCount ?? max(plan.arenaByteCount, 1)
    arenaPage = page
    arenaPieces = (0..<max(1, (plan.arenaByteCount + page - 1) / page)).map { piece in
      (
        piece == 0
          ? StepLayout.arena : BufferID(index: StepLayout.firstState + state.buffers.count + piece - 1),
        min(page, plan.arenaByteCount - piece * page)
      )
    }
    for (value, location) in zip(planned.program.values, plan.locations) where location.base == .arena {
      guard value.byteCount == 0 || location.byteOffset % page + value.byteCount <= page else {
        throw VulkanError.memoryLimit(
          what: "a tensor \(value) of a step", bytes: value.byteCount,
          limit: "of the device's memory can be had at once (maxMemoryAllocationSize)", allowed: page)
      }
    }
    let program = planned.program
    (inputOffsets, inputByteCount) = StepLayout.pack(program.inputs.map { program[$0.value].byteCount })
    (outputOffsets, outputByteCount) = StepLayout.pack(program.outputs.map { program[$0.value].byteCount })
    let constants = program.nodes.indices.filter {
      if case .constant = program.nodes[$0].op { true } else { false }
    }
    let (offsets, size) = StepLayout.pack(constants.map { program[program.nodes[$0].outputs[0]].byteCount })
    constantOffsets = Dictionary(uniqueKeysWithValues: zip(constants, offsets))
    constantByteCount = size
    statePlaces = try program.states.map { port in
      var place = try state.place(port.name, program[port.input])
      place.range.buffer.index += StepLayout.firstState
      return place
    }
  }

  private static func pack(_ sizes: [Int]) -> (offsets: [Int], size: Int) {
    var size = 0
    let offsets = sizes.map { bytes in
      defer { size += (bytes + 255) / 256 * 256 }
      return size
    }
    return (offsets, size)
  }

  /// Where a value lies.
  func operand(_ value: ValueID) -> Operand {
    let location = planned.plan[value]
    let type = planned.program[value]
    let (buffer, base): (BufferID, Int) =
      switch location.base {
      case .arena: arenaPlace(location.byteOffset)
      case .constant(let node): (StepLayout.constants, constantOffsets[node] ?? 0)
      case .input(let number): (StepLayout.inputs, inputOffsets[number])
      case .state(let number):
        (statePlaces[number].range.buffer, statePlaces[number].range.offset)
      }
    let range = ByteRange(buffer: buffer, offset: base + location.byteOffset, count: type.byteCount)
    return Operand(range: range, type: type)
  }

  /// The piece of the arena that an offset lies in, and where that begins, counted backwards.
  private func arenaPlace(_ offset: Int) -> (buffer: BufferID, base: Int) {
    let piece = min(offset / arenaPage, arenaPieces.count - 1)
    return (arenaPieces[piece].buffer, -piece * arenaPage)
  }

  func inputRange(_ number: Int) -> ByteRange {
    let type = planned.program[planned.program.inputs[number].value]
    return ByteRange(buffer: StepLayout.upload, offset: inputOffsets[number], count: type.byteCount)
  }

  func outputRange(_ number: Int) -> ByteRange {
    let type = planned.program[planned.program.outputs[number].value]
    return ByteRange(buffer: StepLayout.readback, offset: outputOffsets[number], count: type.byteCount)
  }

  /// Bytes of the constants' buffer.
  func constantByteCount(with tables: TensorTables) -> Int {
    tables.words.isEmpty ? constantByteCount : tables.begin + 4 * tables.words.count
  }

  /// The constants' bytes, as they lie in their buffer, and the tables'.
  func constantBytes(with tables: TensorTables) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: constantByteCount(with: tables))
    if !tables.words.isEmpty {
      tables.words.withUnsafeBytes { bytes.replaceSubrange(tables.begin..., with: $0) }
    }
    for (node, offset) in constantOffsets {
      guard case .constant(let literal, let type) = planned.program.nodes[node].op else { continue }
      let numbers = (0..<type.count).map { literal[$0] }
      let tensor = HostTensor(type, rounding: numbers)
      bytes.replaceSubrange(offset..<offset + tensor.bytes.count, with: tensor.bytes)
    }
    return bytes
  }

  /// The copy of the inputs to the device's side.
  var uploadCommands: [Command] {
    [
      .copy(
        from: ByteRange(buffer: StepLayout.upload, offset: 0, count: inputByteCount),
        to: ByteRange(buffer: StepLayout.inputs, offset: 0, count: inputByteCount))
    ]
  }

  /// The products and convolutions for which `parts` asks how they are computed.
  var tasks: [KernelTask] {
    let program = planned.program
    return program.nodes.indices.filter { !planned.plan.isElided[$0] }.compactMap {
      KernelTask(program.nodes[$0], in: program)
    }
  }

  /// The whole step: inputs in where they are `.copied`, nodes, outputs out, states that were not written in place. Parts
  /// without commands are left out.
  ///
  /// - Parameter choice: how products and convolutions are computed.
  func parts(
    _ limits: KernelLimits, _ upload: UploadPath, choice: (KernelTask) -> KernelChoice
  ) throws(VulkanError) -> (parts: [StepPart], memory: WorkingMemory) {
    var lowering = Lowering(
      limits, scratch: StepLayout.scratch, kept: StepLayout.kept,
      tables: TensorTables(in: StepLayout.constants, from: constantByteCount))
    let program = planned.program
    let sources = program.valuesBehindReshapes()
    var parts: [StepPart] = []
    var done = 0
    /// Makes a part of the commands that came since the last one.
    func close(_ kind: StepPart.Kind, method: String? = nil) {
      let commands = Array(lowering.commands[done...])
      done = lowering.commands.count
      if !commands.isEmpty { parts.append(StepPart(kind, in: program, commands, method: method)) }
    }
    if upload == .copied, inputByteCount > 0 { uploadCommands.forEach { lowering.append($0) } }
    close(.inputs)
    var run = PointwiseRun()
    func finishRun() throws(VulkanError) {
      for group in run.groups {
        try lowering.lower(group)
        close(.node(group[0].node))
      }
      run = PointwiseRun()
    }
    for (index, node) in program.nodes.enumerated() where !planned.plan.isElided[index] {
      let (inputs, outputs) = (node.inputs.map(operand), node.outputs.map(operand))
      if case .region(let region) = node.op, region.isPointwise {
        run.append(PointwiseRun.Member(node: index, region: region, inputs: inputs, outputs: outputs))
        continue
      }
      try finishRun()
      let chosen = KernelTask(node, in: program).map(choice)
      lowering.choice = chosen ?? KernelChoice()
      lowering.normalized = node.normalized.map { sources[$0.index] }
      try lowering.lower(node.op, inputs, outputs, at: node.name)
      close(.node(index), method: chosen?.name)
    }
    try finishRun()
    for (number, port) in program.outputs.enumerated() {
      let from = operand(port.value)
      lowering.copy(from, Operand(range: outputRange(number), type: from.type))
    }
    close(.outputs)
    for (value, state) in planned.plan.stateCopies {
      lowering.copy(operand(value), statePlaces[state])
    }
    close(.states)
    let memory = WorkingMemory(
      scratchBytes: lowering.scratchByteCount, keptBytes: lowering.statistics.byteCount,
      tables: lowering.tables)
    return (parts, memory)
  }
}

extension StepLayout {
  /// The buffers of a step, beside the states.
  func memoryRequest(_ working: WorkingMemory, _ upload: UploadPath, slots: Int) -> MemoryRequest {
    var request = MemoryRequest("a step")
    for piece in arenaPieces { request.add("values", piece.bytes, .device) }
    request.add("constants", constantByteCount(with: working.tables), .device)
    request.add("scratch memory of kernels", working.scratchBytes, .device)
    request.add("statistics of norms", working.keptBytes, .device)
    request.add("inputs", inputByteCount, upload == .direct ? .written : .device, times: slots)
    if upload != .direct { request.add("inputs", inputByteCount, .upload, times: slots) }
    request.add("outputs", outputByteCount, .readback, times: slots)
    return request
  }
}
