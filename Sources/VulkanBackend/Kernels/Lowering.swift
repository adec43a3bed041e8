import SfumatoBackend
import SfumatoGraph

/// A tensor in a step's memory.
struct Operand: Hashable {
  var range: ByteRange
  var type: TensorType
}

/// Turns operations into commands.
///
/// Kernels see windows of at most `maxRange` bytes that begin at a multiple of the device's alignment; what lies
/// between a window's begin and its tensor is handed over in elements, as the first push constants.
struct Lowering {
  let limits: KernelLimits
  /// Where scratch memory lies; its size is known when all is lowered.
  let scratch: BufferID
  /// How the product or convolution at hand is computed.
  var choice = KernelChoice()
  /// The value that the operation at hand normalises; nil where its statistics are not to be kept.
  var normalized: ValueID?
  var statistics: KeptStatistics
  var tables: TensorTables
  /// Buffers that do not exist, each standing for a result: what is done with the values that a kernel would store there.
  var epilogues: [BufferID: Epilogue] = [:]
  /// Buffers that do not exist, each standing for an operand in f32: what a kernel reads instead.
  var prologues: [BufferID: Prologue] = [:]
  private(set) var commands: [Command] = []
  /// The most scratch bytes that were taken at once.
  private(set) var scratchByteCount = 0
  private var scratchTaken = 0

  /// - Parameters:
  ///   - kept: where what later operations need again lies; its size, too, is known when all is lowered.
  ///   - tables: where tables for kernels are to lie.
  init(_ limits: KernelLimits, scratch: BufferID, kept: BufferID, tables: TensorTables) {
    self.limits = limits
    self.scratch = scratch
    statistics = KeptStatistics(in: kept)
    self.tables = tables
  }

  /// Bytes of scratch memory after which operations begin anew at its start. Until then each has its own, so that none waits for
  /// another that it has nothing else to do with.
  static let scratchTurn = 16 << 20

  /// Frees the scratch memory of earlier operations where enough was taken.
  mutating func beginOperation() {
    if scratchTaken >= Lowering.scratchTurn { scratchTaken = 0 }
  }

  /// A tensor that lives until the next operation.
  mutating func takeScratch(_ type: TensorType) -> Operand {
    let range = ByteRange(buffer: scratch, offset: scratchTaken, count: type.byteCount)
    let alignment = max(256, limits.offsetAlignment)
    scratchTaken += (type.byteCount + alignment - 1) / alignment * alignment
    scratchByteCount = max(scratchByteCount, scratchTaken)
    return Operand(range: range, type: type)
  }

  /// Appends what `body` does, unless commands of it have operands in one of these buffers, which there are not.
  ///
  /// - Returns: whether it was appended; where not, all is as before.
  mutating func append(
    linking buffers: Set<BufferID>, _ body: (inout Lowering) throws(VulkanError) -> Void
  ) throws(VulkanError) -> Bool {
    let before = (commands.count, scratchByteCount, scratchTaken, statistics)
    try body(&self)
    let isLinked = !commands[before.0...].contains { command in
      command.accesses.contains { buffers.contains($0.range.buffer) }
    }
    if isLinked { return true }
    commands.removeSubrange(before.0...)
    (scratchByteCount, scratchTaken, statistics) = (before.1, before.2, before.3)
    return false
  }

  /// What is taken now, to give back what is taken from here on.
  var scratchMark: Int { scratchTaken }

  /// Ends the tensors that were taken since `mark`.
  mutating func giveBack(to mark: Int) { scratchTaken = mark }

  mutating func append(_ command: Command) { commands.append(command) }

  /// Appends a launch of an embedded shader.
  ///
  /// - Parameters:
  ///   - operands: what it binds, in order.
  ///   - push: the push constants after the operands' offsets.
  ///   - groups: the number of workgroups; nothing is launched for 0.
  ///   - isLinkable: whether pointwise work may be linked in front of it and behind it.
  ///   - traffic: what is read and written where that is not the operands, each once.
  mutating func launch(
    _ shader: String, constants: [Int] = [], _ operands: [(operand: Operand, access: Access)], push: [Int],
    groups: Int, subgroupSize: Int? = nil, isLinkable: Bool = true, traffic: MemoryTraffic? = nil
  ) throws(VulkanError) {
    guard groups > 0 else { return }
    if isLinkable,
      let linked = try linked(
        shader, constants: constants, operands, push: push, groups: groups, subgroupSize: subgroupSize)
    {
      return commands.append(.dispatch(linked))
    }
    var bindings: [Binding] = []
    var words: [UInt32] = []
    for (operand, access) in operands {
      let (binding, offset) = try window(operand, access)
      bindings.append(binding)
      words.append(UInt32(offset))
    }
    for word in push { words.append(try Lowering.word(word)) }
    let kernel = Kernel(
      code: .embedded(shader), constants: constants.map { UInt32(truncatingIfNeeded: $0) },
      bindings: bindings.count, subgroupSize: subgroupSize)
    commands.append(
      .dispatch(
        Dispatch(
          kernel: kernel, bindings: bindings, push: words, groups: groups,
          traffic: traffic ?? Lowering.traffic(operands))))
  }

  /// Each operand once.
  static func traffic(_ operands: [(operand: Operand, access: Access)]) -> MemoryTraffic {
    operands.reduce(into: MemoryTraffic()) { sum, one in
      if one.access.reads { sum.read += one.operand.range.count }
      if one.access.writes { sum.written += one.operand.range.count }
    }
  }

  /// The aligned window around a tensor, and the number of elements before the tensor in it.
  func window(_ operand: Operand, _ access: Access) throws(VulkanError) -> (Binding, offset: Int) {
    let range = operand.range
    guard range.count > 0 else {
      return (Binding(range: ByteRange(buffer: range.buffer, offset: 0, count: 4), access: access), 0)
    }
    let begin = range.offset / limits.offsetAlignment * limits.offsetAlignment
    // Storage buffers are bound in whole words.
    let end = (range.offset + range.count + 3) / 4 * 4
    guard end - begin <= limits.maxRange else {
      throw .unsupported(
        "a tensor of \(range.count) bytes in one kernel (maxStorageBufferRange is \(limits.maxRange))")
    }
    let window = ByteRange(buffer: range.buffer, offset: begin, count: end - begin)
    return (Binding(range: window, access: access), (range.offset - begin) / operand.type.dtype.byteSize)
  }

  /// Whether kernels may read and write these as vectors of four.
  func beginOnFours(_ operands: [Operand]) -> Bool {
    operands.allSatisfy { $0.range.offset % limits.offsetAlignment % (4 * $0.type.dtype.byteSize) == 0 }
  }

  /// A number as a push constant: kernels count in 32 bits.
  static func word(_ number: Int) throws(VulkanError) -> UInt32 {
    guard let word = UInt32(exactly: number) else { throw .unsupported("an extent of \(number) elements") }
    return word
  }

  /// Workgroups of 64 invocations for so many elements.
  static func groups(_ count: Int) -> Int { (count + 63) / 64 }
}
