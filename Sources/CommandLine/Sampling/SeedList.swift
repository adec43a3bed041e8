import ArgumentParser

/// Seeds as the command line has them: `7`, `0-15`, `1,5,9-12`.
struct SeedList: Sendable {
  var seeds: [UInt64]

  /// More seeds than this at once are taken for a slip of the hand.
  static let limit = 100_000

  /// - Throws: `ValidationError`.
  init(parsing text: String) throws {
    var seeds: [UInt64] = []
    for part in text.split(omittingEmptySubsequences: false, whereSeparator: { ",;".contains($0) }) {
      let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt64($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        last - first < UInt64(Self.limit), seeds.count + Int(last - first) < Self.limit
      else {
        throw ValidationError(
          "it must be whole numbers and ranges of them, \(Self.limit) at most, such as 7 or 0-15 or 1,5,9-12")
      }
      seeds += first...last
    }
    self.seeds = seeds
  }
}
