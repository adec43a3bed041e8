/// Decides where a barrier is needed: before a command that touches bytes which an earlier command, since the
/// last barrier, wrote, or that writes bytes which such a command read.
struct Hazards {
  private struct Touched {
    var offset: Int
    var end: Int
    var write: Bool
  }

  private var touched: [BufferID: [Touched]] = [:]

  /// Whether a barrier has to stand before a command with these accesses; notes the accesses.
  mutating func needsBarrier(_ accesses: [Binding]) -> Bool {
    let conflict = accesses.contains(where: conflicts)
    if conflict { touched.removeAll(keepingCapacity: true) }
    for access in accesses where access.range.count > 0 {
      let range = access.range
      touched[range.buffer, default: []].append(
        Touched(offset: range.offset, end: range.offset + range.count, write: access.access.writes))
    }
    return conflict
  }

  private func conflicts(_ access: Binding) -> Bool {
    guard let earlier = touched[access.range.buffer] else { return false }
    let start = access.range.offset
    let end = start + access.range.count
    return earlier.contains { (access.access.writes || $0.write) && $0.offset < end && start < $0.end }
  }
}

extension Command {
  /// The bytes that the command reads and writes.
  var accesses: [Binding] {
    switch self {
    case .dispatch(let dispatch): dispatch.bindings
    case .copy(let source, let target):
      [Binding(range: source, access: .read), Binding(range: target, access: .write)]
    case .zero(let range): [Binding(range: range, access: .write)]
    }
  }
}
