import SfumatoCompiler
import SfumatoGraph

/// Neighbouring pointwise regions of a program, in groups of those that do the same to tensors of any shape, such as the
/// optimizer's updates: a group is one kernel. What has to wait for another region comes at a later level, and levels come one
/// after the other.
struct PointwiseRun {
  struct Member {
    /// The node's number in the program.
    var node: Int
    var region: Region
    var inputs: [Operand]
    var outputs: [Operand]

    fileprivate var operands: [Operand] { inputs + outputs }

    /// Whether `later`, which stands behind this one, has to wait for it.
    fileprivate func precedes(_ later: Member) -> Bool {
      outputs.contains { written in later.operands.contains { $0.range.overlaps(written.range) } }
        || later.outputs.contains { written in inputs.contains { $0.range.overlaps(written.range) } }
    }
  }

  /// What members of a group have in common.
  private struct Kind: Hashable {
    var level: Int
    /// Nil for what is by itself.
    var body: Program?
    /// The buffer of each operand.
    var buffers: [BufferID]
  }

  private var members: [(member: Member, level: Int)] = []
  private var groupNumbers: [Kind: Int] = [:]
  private var collected: [(level: Int, members: [Member])] = []

  /// In an order in which each comes behind what it waits for.
  var groups: [[Member]] {
    collected.enumerated().sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }
      .map(\.element.members)
  }

  mutating func append(_ member: Member) {
    let level = members.reduce(0) { $1.member.precedes(member) ? max($0, $1.level + 1) : $0 }
    members.append((member, level))
    let kind = Kind(
      level: level, body: Self.flat(member.region.body), buffers: member.operands.map(\.range.buffer))
    if kind.body != nil, let known = groupNumbers[kind] {
      collected[known].members.append(member)
    } else {
      groupNumbers[kind] = collected.count
      collected.append((level, [member]))
    }
  }

  /// The body over vectors of two elements, and of one where it reads a single number for all; nil where it reads rows or the like.
  static func flat(_ body: Program) -> Program? {
    guard let shape = body.outputs.first.map({ body[$0.value].shape }), shape.count > 1 else { return nil }
    var flat = body
    for index in flat.values.indices {
      guard flat.values[index].shape == shape || flat.values[index].count == 1 else { return nil }
      flat.values[index].shape = flat.values[index].shape == shape ? [2] : [1]
    }
    for index in flat.nodes.indices {
      switch flat.nodes[index].op {
      case .constant(let literal, let type):
        flat.nodes[index].op = .constant(literal, TensorType(type.dtype, [2]))
      case .broadcast: flat.nodes[index].op = .broadcast([2])
      default: continue
      }
    }
    return flat
  }
}
