import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// Operations on 16-bit tensors by kernels for f32, which load and store 16 bits themselves where they can be linked so; and the launch
/// of linked kernels.
extension Lowering {
  /// Runs `body` with f32 operands and results in the places of 16-bit ones.
  mutating func inFloats(
    _ inputs: [Operand], _ outputs: [Operand],
    _ body: (inout Lowering, [Operand], [Operand]) throws(VulkanError) -> Void
  ) throws(VulkanError) {
    guard (inputs + outputs).contains(where: { $0.type.dtype.byteSize == 2 }) else {
      return try body(&self, inputs, outputs)
    }
    let stand = inputs.enumerated().map { standIn(for: $1, .widened($0)) }
    let results = outputs.enumerated().map { number, output in
      output.type.dtype.byteSize == 2
        ? Epilogue.result(output.type, .rounded(number)) : output
    }
    for (result, output) in zip(results, outputs) where result != output {
      epilogues[result.range.buffer] = Epilogue(
        body: Lowering.body(.cast(output.type.dtype), [result.type], output.type), given: 0,
        operands: [nil, output])
    }
    let own = Set(
      inputs.indices.map { BufferID.widened($0) } + outputs.indices.map { BufferID.rounded($0) })
    let isLinked = try append(linking: own) { lowering throws(VulkanError) in
      try body(&lowering, stand, results)
    }
    for buffer in own {
      epilogues[buffer] = nil
      prologues[buffer] = nil
    }
    if isLinked { return }
    var wide: [Operand] = []
    for input in inputs { wide.append(try widened(input)) }
    let rounded = outputs.map {
      $0.type.dtype.byteSize == 2 ? takeScratch(TensorType(.f32, $0.type.shape)) : $0
    }
    try body(&self, wide, rounded)
    for (result, output) in zip(rounded, outputs) where result != output { try cast(result, output) }
  }

  /// An f32 tensor that linked kernels read where a 16-bit one lies; other tensors stand for themselves.
  private mutating func standIn(for x: Operand, _ buffer: BufferID) -> Operand {
    guard x.type.dtype.byteSize == 2 else { return x }
    prologues[buffer] = .narrow(x)
    // As far behind the beginning of a binding, in elements.
    let first = x.range.offset % limits.offsetAlignment / 2
    let type = TensorType(.f32, x.type.shape)
    return Operand(range: ByteRange(buffer: buffer, offset: 4 * first, count: type.byteCount), type: type)
  }

  /// Launches a shader some of whose operands are linked; nil where none is, or it cannot be.
  ///
  /// - Parameters: as those of `launch`.
  func linked(
    _ shader: String, constants: [Int], _ operands: [(operand: Operand, access: Access)], push: [Int],
    groups: Int, subgroupSize: Int?
  ) throws(VulkanError) -> Dispatch? {
    guard operands.contains(where: \.operand.range.buffer.isNowhere) else { return nil }
    var bindings: [Binding] = []
    var words: [UInt32] = []
    var loads: [Int: LinkedShader.Load] = [:]
    var results: [LinkedShader.Result] = []
    var others: [Binding] = []
    var traffic = MemoryTraffic()
    for (position, (operand, access)) in operands.enumerated() {
      let buffer = operand.range.buffer
      if let prologue = prologues[buffer] {
        guard access == .read else { return nil }
        words.append(try Lowering.word(operand.range.offset / 4))
        switch prologue {
        case .narrow(let source):
          guard fits([source]) else { return nil }
          bindings.append(try window(source, .read).0)
          loads[position] = .narrow(source.type.dtype)
          traffic.read += operand.range.count / 2
        case .cluster(let body, let inputs):
          guard let places = try places(inputs, readCount: inputs.count) else { return nil }
          loads[position] = .cluster(
            body, operandBindings: places.numbers, firstBinding: operands.count + others.count)
          bindings.append(places.bindings[0])
          others += places.bindings
          traffic.read += inputs.reduce(0) { $0 + min($1.range.count, operand.range.count) }
        }
      } else if let epilogue = epilogues[buffer] {
        guard access == .write,
          let places = try places(epilogue.operands, readCount: epilogue.body.inputs.count)
        else { return nil }
        results.append(
          LinkedShader.Result(
            binding: position, body: epilogue.body, given: epilogue.given, operandBindings: places.numbers,
            isWritten: places.bindings.map(\.access.writes), firstBinding: operands.count + others.count))
        // Nothing is stored there; a binding must show something.
        bindings.append(places.bindings[places.bindings.count - 1])
        words.append(try Lowering.word(operand.range.offset / 4))
        others += places.bindings
        traffic += self.traffic(epilogue, of: operand)
      } else {
        guard !buffer.isNowhere else { return nil }
        let (binding, offset) = try window(operand, access)
        bindings.append(binding)
        words.append(UInt32(offset))
        traffic += Lowering.traffic([(operand, access)])
      }
    }
    guard bindings.count + others.count <= limits.maxBindings else { return nil }
    for word in push { words.append(try Lowering.word(word)) }
    let module = LinkedShader(
      shader: shader, loads: loads, results: results, preservesSpecialFloats: limits.preservesSpecialFloats)
    guard let code = try module.words() else { return nil }
    let kernel = Kernel(
      code: .linked(shader, code), constants: constants.map { UInt32(truncatingIfNeeded: $0) },
      bindings: bindings.count + others.count, subgroupSize: subgroupSize)
    return Dispatch(
      kernel: kernel, bindings: bindings + others, push: words, groups: groups, traffic: traffic)
  }

  /// What a cluster binds, each range once, and which of them each operand is; nil where an operand does not begin where a binding
  /// does, from which elements are counted.
  ///
  /// - Parameter readCount: how many of them are read, the first ones; the others are written.
  private func places(
    _ operands: [Operand?], readCount: Int
  ) throws(VulkanError) -> (bindings: [Binding], numbers: [Int?])? {
    var bindings: [Binding] = []
    var numbers: [Int?] = []
    for (position, operand) in operands.enumerated() {
      guard let operand else {
        numbers.append(nil)
        continue
      }
      let access = position < readCount ? Access.read : .write
      guard !operand.range.buffer.isNowhere, fits([operand]) else { return nil }
      let (binding, offset) = try window(operand, access)
      guard offset == 0 else { return nil }
      if let known = bindings.firstIndex(where: { $0.range == binding.range }) {
        if bindings[known].access != access { bindings[known].access = .readWrite }
        numbers.append(known)
      } else {
        numbers.append(bindings.count)
        bindings.append(binding)
      }
    }
    return bindings.isEmpty ? nil : (bindings, numbers)
  }
}
