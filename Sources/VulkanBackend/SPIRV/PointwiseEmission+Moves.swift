import SfumatoGraph

/// Outputs that are channels of larger tensors, or some channels of a result.
extension PointwiseEmission {
  /// A slice or a concatenation along the last axis at the end of a body.
  struct ChannelMove {
    /// What was computed and is to be moved, before it was perhaps reshaped.
    var moved: ValueID
    var node: Node
    /// Which of the node's operands it is.
    var position = 0
  }

  /// By the value that the body yields.
  static func channelMoves(in body: Program) -> [ValueID: ChannelMove] {
    var moves: [ValueID: ChannelMove] = [:]
    var reshaped: [ValueID: ValueID] = [:]
    let inputs = Set(body.inputs.map(\.value))
    for node in body.nodes {
      switch node.op {
      case .reshape: reshaped[node.outputs[0]] = node.inputs[0]
      case .slice, .concat:
        // The other operands were there before.
        let position = node.inputs.firstIndex { !inputs.contains($0) } ?? 0
        let moved = reshaped[node.inputs[position]] ?? node.inputs[position]
        moves[node.outputs[0]] = ChannelMove(moved: moved, node: node, position: position)
      default: break
      }
    }
    return moves
  }

  /// Stores the current element where the move takes it, and what belongs beside it.
  mutating func store(_ result: ID, _ outputPosition: Int, _ move: ChannelMove) throws(VulkanError) {
    let channels = channelCount(move.moved), total = channelCount(move.node.outputs[0])
    let count = module.constant(UInt32(channels))
    let pixel = module.emit(.uDiv, module.uint, index, count)
    let channel = module.emit(.uMod, module.uint, index, count)
    if case .slice(let starts, _, _) = move.node.op {
      let first = starts.last ?? 0
      try emit(from: first, to: first + total, of: channels, channel) { emission throws(VulkanError) in
        let element = emission.element(pixel, total, channel, shifted: -first)
        emission.store(result, outputPosition, at: element)
      }
      return
    }
    var first = 0
    for (position, operand) in move.node.inputs.enumerated() {
      if position == move.position {
        store(result, outputPosition, at: element(pixel, total, channel, shifted: first))
      } else {
        try copy(operand, outputPosition, pixel, channel, of: channels, to: first, of: total)
      }
      first += channelCount(operand)
    }
  }

  private func channelCount(_ value: ValueID) -> Int { body[value].shape.dimensions.last ?? 1 }

  /// The channels of another operand that this element takes along: its own channel, and those that are whole rounds behind it.
  private mutating func copy(
    _ operand: ValueID, _ outputPosition: Int, _ pixel: ID, _ channel: ID, of channels: Int, to first: Int,
    of total: Int
  ) throws(VulkanError) {
    let others = channelCount(operand)
    for round in stride(from: 0, to: others, by: channels) {
      try emit(from: 0, to: min(channels, others - round), of: channels, channel) {
        emission throws(VulkanError) in
        let value = emission.load(operand, at: emission.element(pixel, others, channel, shifted: round))
        let element = emission.element(pixel, total, channel, shifted: first + round)
        emission.store(value, outputPosition, at: element)
      }
    }
  }

  /// The number of an element in a tensor of `channels` channels.
  private mutating func element(_ pixel: ID, _ channels: Int, _ channel: ID, shifted shift: Int) -> ID {
    let begin = module.multiply(integers: pixel, module.constant(UInt32(channels)))
    let element = module.add(integers: begin, channel)
    // Modulo 2³², so that a shift may be negative.
    return shift == 0
      ? element : module.add(integers: element, module.constant(UInt32(truncatingIfNeeded: shift)))
  }

  /// What runs for the channels from `first` up to `end` of `count` only.
  private mutating func emit(
    from first: Int, to end: Int, of count: Int, _ channel: ID,
    _ body: (inout PointwiseEmission) throws(VulkanError) -> Void
  ) throws(VulkanError) {
    if first == 0, end >= count { return try body(&self) }
    // One comparison: channels before the first wrap around to large numbers.
    let number = module.add(
      integers: channel, module.constant(UInt32(truncatingIfNeeded: -first)))
    try emit(whereLess: number, than: module.constant(UInt32(end - first)), body)
  }
}
