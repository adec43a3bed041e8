import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// The cluster that a kernel's results go through before they are stored.
struct Epilogue {
  /// `EpilogueRegion.tail` tells of its form.
  let body: Program
  /// The input of `body` that is the kernel's result.
  let given: Int
  /// Where the other inputs lie, and the outputs; nil for the one that is given.
  let operands: [Operand?]

  /// A result as it comes out of a kernel that adds up in float32.
  static func result(_ type: TensorType, _ buffer: BufferID = .followed) -> Operand {
    let type = TensorType(.f32, type.shape)
    return Operand(range: ByteRange(buffer: buffer, offset: 0, count: type.byteCount), type: type)
  }
}

/// Buffers that there are not: only linked kernels are launched with operands "there".
extension BufferID {
  /// Where a result lies that a cluster takes over.
  static let followed = BufferID(index: -1)
  /// Where what a cluster yields lies for the reduction that reads it.
  static let preceded = BufferID(index: -2)
  /// Where an operation's output number `number` lies before it is rounded to 16 bits.
  static func rounded(_ number: Int) -> BufferID { BufferID(index: -3 - 2 * number) }
  /// Where an operation's input number `number` lies after it was widened from 16 bits.
  static func widened(_ number: Int) -> BufferID { BufferID(index: -4 - 2 * number) }

  var isNowhere: Bool { index < 0 }
}

extension Lowering {
  /// A node and the cluster that follows, as one kernel where the last kernel of the node can run it, else one after the other.
  mutating func lower(
    _ joined: EpilogueRegion, _ inputs: [Operand], _ outputs: [Operand]
  ) throws(VulkanError) {
    var places: [ValueID: Operand] = [:]
    for (port, operand) in zip(joined.body.inputs + joined.body.outputs, inputs + outputs) {
      places[port.value] = operand
    }
    let tail = joined.tail
    let operands = tail.inputs.enumerated().map { $0 == joined.given ? nil : places[$1] }
    let results = tail.outputs.compactMap { places[$0] }
    let coreInputs = joined.core.inputs.compactMap { places[$0] }
    let coreOutputs = joined.core.outputs.dropFirst().compactMap { places[$0] }
    let type = joined.body[joined.core.outputs[0]]
    epilogues[.followed] = Epilogue(
      body: tail.body, given: joined.given, operands: operands + results)
    defer { epilogues[.followed] = nil }
    let isLinked = try append(linking: [.followed]) { lowering throws(VulkanError) in
      try lowering.lowerNode(joined.core.op, coreInputs, [Epilogue.result(type)] + coreOutputs)
    }
    if isLinked { return }
    let result = takeScratch(type)
    try lowerNode(joined.core.op, coreInputs, [result] + coreOutputs)
    places[joined.cluster.inputs[joined.given]] = result.reshaped(
      joined.clusterBody[joined.clusterBody.inputs[joined.given].value].shape)
    for output in (joined.cluster.outputs + joined.moves.flatMap(\.outputs)) where places[output] == nil {
      places[output] = takeScratch(joined.body[output])
    }
    for node in [joined.cluster] + joined.moves {
      try lowerNode(node.op, node.inputs.compactMap { places[$0] }, node.outputs.compactMap { places[$0] })
    }
  }

  /// What the cluster reads and writes where a kernel yields this part of its result.
  func traffic(_ epilogue: Epilogue, of written: Operand) -> MemoryTraffic {
    let count = epilogue.body[epilogue.body.inputs[epilogue.given].value].count
    let inputCount = epilogue.body.inputs.count
    return epilogue.operands.enumerated().reduce(into: MemoryTraffic()) { sum, one in
      guard let operand = one.element else { return }
      // What is repeated is read whole by each part.
      let isWhole = one.offset < inputCount && operand.type.count < count
      let bytes = isWhole ? operand.range.count : operand.range.count * written.type.count / max(1, count)
      if one.offset < inputCount { sum.read += bytes } else { sum.written += bytes }
    }
  }

  /// Whether `lower` has kernels that run a cluster on what an operation yields.
  static func takesEpilogue(_ op: Op, _ result: TensorType) -> Bool {
    guard [.f32, .f16, .bf16].contains(result.dtype) else { return false }
    switch op {
    case .conv, .convGradInput, .convGradWeight, .matmul, .reduce(.sum, _): return true
    case .region(let region): return ["groupNorm", "groupNormGrad", Region.prologue].contains(region.name)
    default: return false
    }
  }
}
