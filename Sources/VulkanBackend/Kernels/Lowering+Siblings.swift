import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// Pointwise regions that do the same to different tensors, as one kernel.
extension Lowering {
  /// Appends the commands of a group of a `PointwiseRun`: as few kernels as bindings allow, which show limited parts of buffers.
  mutating func lower(_ group: [PointwiseRun.Member]) throws(VulkanError) {
    var rest = group[...]
    while let first = rest.first {
      var bindings = SiblingBindings(first)
      var count = 1
      while count < rest.count, let wider = bindings.including(rest[rest.startIndex + count], limits) {
        bindings = wider
        count += 1
      }
      if count > 1, let body = PointwiseRun.flat(first.region.body) {
        try lower(Array(rest.prefix(count)), body, bindings)
      } else {
        try lower(.region(first.region), first.inputs, first.outputs)
      }
      rest = rest.dropFirst(count)
    }
  }

  private mutating func lower(
    _ members: [PointwiseRun.Member], _ body: Program, _ places: SiblingBindings
  ) throws(VulkanError) {
    let bindings = places.windows(limits)
    let tensors = members.map { member in
      let begins = (member.inputs + member.outputs).enumerated().map { position, operand in
        let begin = bindings[places.numbers[position]].range.offset
        return (operand.range.offset - begin) / operand.type.dtype.byteSize
      }
      return (count: member.outputs[0].type.count, begins: begins)
    }
    let (words, groups) = SiblingsKernel.table(tensors)
    let kernel = SiblingsKernel(
      body: body, operandBindings: places.numbers, isWritten: bindings.map(\.access.writes),
      preservesSpecialFloats: limits.preservesSpecialFloats)
    let table = Binding(range: tables.append(words), access: .read)
    let traffic = members.reduce(into: MemoryTraffic(read: table.range.count)) { sum, member in
      sum += Lowering.traffic(member.inputs.map { ($0, .read) } + member.outputs.map { ($0, .write) })
    }
    append(
      .dispatch(
        Dispatch(
          kernel: Kernel(code: .generated(try kernel.words()), bindings: bindings.count + 1),
          bindings: [table] + bindings, push: [try Lowering.word(groups)], groups: groups, traffic: traffic)))
  }
}

/// What members of a group bind: one binding for each buffer and width of elements, over all that they have there.
private struct SiblingBindings {
  private var ranges: [Binding] = []
  private var widths: [Int] = []
  /// The binding of each operand.
  private(set) var numbers: [Int] = []

  init(_ member: PointwiseRun.Member) {
    for (position, operand) in (member.inputs + member.outputs).enumerated() {
      let width = operand.type.dtype.byteSize,
        access: Access = position < member.inputs.count ? .read : .write
      let known = ranges.indices.first {
        ranges[$0].range.buffer == operand.range.buffer && widths[$0] == width
      }
      if let known {
        ranges[known].range = ranges[known].range.joined(operand.range)
        if ranges[known].access != access { ranges[known].access = .readWrite }
      } else {
        ranges.append(Binding(range: operand.range, access: access))
        widths.append(width)
      }
      numbers.append(known ?? ranges.count - 1)
    }
  }

  /// The same for one member more, whose operands lie in the same buffers; nil where that is too much to be bound.
  func including(_ member: PointwiseRun.Member, _ limits: KernelLimits) -> SiblingBindings? {
    var wider = self
    for (number, operand) in zip(numbers, member.inputs + member.outputs) {
      wider.ranges[number].range = wider.ranges[number].range.joined(operand.range)
    }
    let fits = wider.windows(limits).allSatisfy { $0.range.count <= limits.maxRange }
    return fits && wider.ranges.count < limits.maxBindings ? wider : nil
  }

  /// The ranges from where bindings may begin, in whole words.
  func windows(_ limits: KernelLimits) -> [Binding] {
    ranges.map { binding in
      let range = binding.range
      let begin = range.offset / limits.offsetAlignment * limits.offsetAlignment
      let end = (range.offset + range.count + 3) / 4 * 4
      return Binding(
        range: ByteRange(buffer: range.buffer, offset: begin, count: end - begin), access: binding.access)
    }
  }
}

extension ByteRange {
  /// From the beginning of the first to the end of the last.
  fileprivate func joined(_ other: ByteRange) -> ByteRange {
    let begin = min(offset, other.offset), end = max(offset + count, other.offset + other.count)
    return ByteRange(buffer: buffer, offset: begin, count: end - begin)
  }
}
