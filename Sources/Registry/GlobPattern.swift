/// A pattern of names: `*` stands for any characters, `?` for one, `|` separates alternatives.
public struct GlobPattern: Sendable, Hashable {
  public let text: String
  private let alternatives: [[Character]]

  public init(_ text: String) {
    self.text = text
    alternatives = text.split(separator: "|", omittingEmptySubsequences: false).map { Array($0) }
  }

  /// Whether the whole of `name` matches.
  public func matches(_ name: String) -> Bool {
    let name = Array(name)
    return alternatives.contains { Self.matches(name, $0) }
  }

  /// Goes back to the last star only, so the time is at most the product of the lengths.
  private static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
    var n = 0, p = 0
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p + 1, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        n += 1
        p += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (p, n) = (last.pattern, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
