/// Which commands may run beside each other: each gets the lowest level above those of all earlier commands that it must come after,
/// because they wrote what it touches, or read what it writes. One barrier between two levels will then do for all of them.
struct CommandLevels {
  /// Bytes that the same commands have touched.
  private struct Span {
    var offset: Int
    var end: Int
    /// The level of the last command that wrote them; −1 for none.
    var written: Int
    /// The highest level of those that have read them since; −1 for none.
    var read: Int
  }

  /// Of each buffer, in order and apart.
  private var spans: [BufferID: [Span]] = [:]

  /// The level of the next command, which has these accesses.
  mutating func level(_ accesses: [Binding]) -> Int {
    let level = accesses.reduce(0) { max($0, firstLevel($1)) }
    for access in accesses where access.range.count > 0 { note(access, level) }
    return level
  }

  /// The commands of the groups in levels, each with its group's name; within a level in their order.
  static func levels(_ groups: [CommandGroup]) -> [[(name: String, command: Command)]] {
    var levels: [[(name: String, command: Command)]] = []
    var known = CommandLevels()
    for group in groups {
      for command in group.commands {
        let level = known.level(command.accesses)
        while levels.count <= level { levels.append([]) }
        levels[level].append((group.name, command))
      }
    }
    return levels
  }

  /// The lowest level that an access allows.
  private func firstLevel(_ access: Binding) -> Int {
    guard let touched = spans[access.range.buffer] else { return 0 }
    let range = access.range
    var level = 0
    for span in touched[Self.first(endingAfter: range.offset, in: touched)...] {
      guard span.offset < range.offset + range.count else { break }
      level = max(level, span.written + 1)
      if access.access.writes { level = max(level, span.read + 1) }
    }
    return level
  }

  private mutating func note(_ access: Binding, _ level: Int) {
    let begin = access.range.offset, end = begin + access.range.count
    var touched = spans[access.range.buffer] ?? []
    let first = Self.first(endingAfter: begin, in: touched)
    var last = first
    while last < touched.count, touched[last].offset < end { last += 1 }
    var replacing: [Span] = []
    if first < last, touched[first].offset < begin {
      var before = touched[first]
      before.end = begin
      replacing.append(before)
    }
    if access.access.writes {
      replacing.append(Span(offset: begin, end: end, written: level, read: access.access.reads ? level : -1))
    } else {
      var place = begin
      for span in touched[first..<last] {
        if place < span.offset {
          replacing.append(Span(offset: place, end: span.offset, written: -1, read: level))
        }
        var inside = span
        inside.offset = max(span.offset, begin)
        inside.end = min(span.end, end)
        inside.read = max(span.read, level)
        replacing.append(inside)
        place = inside.end
      }
      if place < end { replacing.append(Span(offset: place, end: end, written: -1, read: level)) }
    }
    if first < last, touched[last - 1].end > end {
      var behind = touched[last - 1]
      behind.offset = end
      replacing.append(behind)
    }
    touched.replaceSubrange(first..<last, with: replacing)
    spans[access.range.buffer] = touched
  }

  /// The first of the spans that ends behind an offset.
  private static func first(endingAfter offset: Int, in spans: [Span]) -> Int {
    var low = 0, high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].end > offset { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
