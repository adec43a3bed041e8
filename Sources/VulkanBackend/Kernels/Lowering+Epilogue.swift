import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// The cluster that a kernel's results go through before they are stored.
struct Epilogue {
  /// See `Region.pointwise` for its form.
  let body: Program
  /// The input of `body` that is the kernel's result.
  let given: Int
  /// Where the other inputs lie, and the outputs; nil for the one that is given.
  let operands: [Operand?]

  /// Where what a kernel computes is written if it is not: only a kernel that runs the cluster writes "there".
  static let nowhere = BufferID(index: -1)

  /// A result as it comes out of a kernel that adds up in float32.
  static func result(_ type: TensorType) -> Operand {
    let type = TensorType(.f32, type.shape)
    return Operand(range: ByteRange(buffer: nowhere, offset: 0, count: type.byteCount), type: type)
  }
}

extension Operand {
  /// Whether it is what an epilogue is given.
  fileprivate var isNowhere: Bool { range.buffer == Epilogue.nowhere }
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
    let operands = joined.cluster.inputs.enumerated().map { $0 == joined.given ? nil : places[$1] }
    let results = joined.cluster.outputs.compactMap { places[$0] }
    let coreInputs = joined.core.inputs.compactMap { places[$0] }
    let coreOutputs = joined.core.outputs.dropFirst().compactMap { places[$0] }
    let type = joined.body[joined.core.outputs[0]]
    let checkpoint = checkpoint
    epilogue = Epilogue(body: joined.clusterBody, given: joined.given, operands: operands + results)
    defer { epilogue = nil }
    try lowerNode(joined.core.op, coreInputs, [Epilogue.result(type)] + coreOutputs)
    if commands(since: checkpoint).allSatisfy({ !$0.touches(Epilogue.nowhere) }) { return }
    rollBack(to: checkpoint)
    epilogue = nil
    let result = takeScratch(type)
    try lowerNode(joined.core.op, coreInputs, [result] + coreOutputs)
    let reshaped = result.reshaped(joined.clusterBody[joined.clusterBody.inputs[joined.given].value].shape)
    try pointwise(joined.clusterBody, operands.map { $0 ?? reshaped }, results)
  }

  /// Launches a shader whose result goes through the epilogue; nil where that cannot be.
  ///
  /// - Parameters: as those of `launch`; one of the operands is written nowhere.
  func dispatch(
    _ shader: String, constants: [Int], epilogueOf operands: [(operand: Operand, access: Access)],
    push: [Int],
    groups: Int, subgroupSize: Int?
  ) throws(VulkanError) -> Dispatch? {
    guard let epilogue, let position = operands.firstIndex(where: { $0.operand.isNowhere }),
      operands[position].access == .write, operands.filter({ $0.operand.isNowhere }).count == 1
    else { return nil }
    let written = operands[position].operand
    var bindings: [Binding] = []
    var words: [UInt32] = []
    // The cluster's operands, each range once.
    var own: [Binding] = []
    var numbers: [Int?] = []
    let inputCount = epilogue.body.inputs.count
    for (number, operand) in epilogue.operands.enumerated() {
      guard let operand else {
        numbers.append(nil)
        continue
      }
      let access = number < inputCount ? Access.read : .write
      guard fits([operand]) else { return nil }
      let (binding, offset) = try window(operand, access)
      // Elements are counted from the beginning of a binding.
      guard offset == 0 else { return nil }
      if let known = own.firstIndex(where: { $0.range == binding.range }) {
        if own[known].access != access { own[known].access = .readWrite }
        numbers.append(known)
      } else {
        numbers.append(own.count)
        own.append(binding)
      }
    }
    guard operands.count + own.count <= limits.maxBindings, let last = numbers.last.flatMap({ $0 })
    else { return nil }
    for (operand, access) in operands {
      if operand.isNowhere {
        // Nothing is stored there; a binding must show something.
        bindings.append(own[last])
        words.append(try Lowering.word(operand.range.offset / operand.type.dtype.byteSize))
      } else {
        let (binding, offset) = try window(operand, access)
        bindings.append(binding)
        words.append(UInt32(offset))
      }
    }
    for word in push { words.append(try Lowering.word(word)) }
    let linked = EpilogueKernel(
      shader: shader, resultBinding: position, bindings: operands.count, body: epilogue.body,
      given: epilogue.given, operandBindings: numbers, isWritten: own.map(\.access.writes),
      preservesSpecialFloats: limits.preservesSpecialFloats)
    guard let code = try linked.words() else { return nil }
    let kernel = Kernel(
      code: .linked(shader, code), constants: constants.map { UInt32(truncatingIfNeeded: $0) },
      bindings: operands.count + own.count, subgroupSize: subgroupSize)
    return Dispatch(
      kernel: kernel, bindings: bindings + own, push: words, groups: groups,
      traffic: Lowering.traffic(operands.filter { !$0.operand.isNowhere }) + traffic(epilogue, of: written))
  }

  /// What the cluster reads and writes where a kernel yields this part of its result.
  private func traffic(_ epilogue: Epilogue, of written: Operand) -> MemoryTraffic {
    let count = epilogue.body[epilogue.body.inputs[epilogue.given].value].count
    let inputCount = epilogue.body.inputs.count
    return epilogue.operands.enumerated().reduce(into: MemoryTraffic()) { sum, one in
      guard let operand = one.element else { return }
      let isWhole = operand.type.count < count
      let bytes = operand.type.dtype.byteSize * (isWhole ? operand.type.count : written.type.count)
      if one.offset < inputCount { sum.read += bytes } else { sum.written += bytes }
    }
  }

  /// Whether `lower` has kernels that run a cluster on what an operation yields.
  static func takesEpilogue(_ op: Op, _ result: TensorType) -> Bool {
    guard [.f32, .f16, .bf16].contains(result.dtype) else { return false }
    switch op {
    case .conv, .convGradInput, .convGradWeight, .matmul, .reduce(.sum, _): return true
    case .region(let region): return ["groupNorm", "groupNormGrad"].contains(region.name)
    default: return false
    }
  }
}

extension Command {
  fileprivate func touches(_ buffer: BufferID) -> Bool { accesses.contains { $0.range.buffer == buffer } }
}
