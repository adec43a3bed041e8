/// The name closest to `name` among `candidates` by edit distance, when it is close enough to be a
/// likely slip of the hand: at most a third of the characters (but at least two) differ.
public func nearestName(to name: String, in candidates: some Sequence<String>) -> String? {
  let limit = max(2, name.count / 3)
  var best: (distance: Int, name: String)?
  for candidate in candidates {
    let distance = editDistance(name.lowercased(), candidate.lowercased())
    if distance <= limit, distance < best?.distance ?? Int.max { best = (distance, candidate) }
  }
  return best?.name
}

/// The sentence fragment for an unknown name: `did you mean "x"?` or the list of what there is.
public func suggestion(for name: String, among candidates: [String]) -> String {
  if let near = nearestName(to: name, in: candidates) { return "did you mean \"\(near)\"?" }
  return "one of: \(candidates.joined(separator: ", "))"
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
private func editDistance(_ a: String, _ b: String) -> Int {
  let a = Array(a), b = Array(b)
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  var rows = [Array(0...b.count)]
  for i in 1...a.count {
    var row = [i] + Array(repeating: 0, count: b.count)
    for j in 1...b.count {
      let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      row[j] = min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        row[j] = min(row[j], rows[i - 2][j - 2] + 1)
      }
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
