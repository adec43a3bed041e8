import SfumatoDiagnostics
import Yams

/// Where reading stands: the source and the path of keys to here.
struct RecipeContext {
  var source: String
  var path: [String] = []
  /// Is told what the reader should know and need not mend at once.
  var note: (String) -> Void = { _ in }

  func entering(_ key: String) -> RecipeContext {
    RecipeContext(source: source, path: path + [key], note: note)
  }

  /// Notes that `keys` of this section are options now.
  func noteMoved(_ keys: [String]) {
    let section = path.joined(separator: ".")
    note(
      "\(source): write \(keys.map { "\(section).\($0)" }.joined(separator: ", ")) under \(section).options; "
        + "what stands beside it is read for one more version")
  }

  func location(_ node: Node) -> RecipeLocation {
    RecipeLocation(source: source, line: source.hasPrefix("--") ? nil : node.mark?.line)
  }

  func badValue(_ node: Node, expected: String) -> RecipeError {
    .badValue(
      location(node), key: path.isEmpty ? "the recipe" : path.joined(separator: "."), found: node.found,
      expected: expected)
  }

  /// Suggests the nearest key of this section, or the same key in another one.
  func unknownKey(_ node: Node, _ key: String, known: [String]) -> RecipeError {
    let full = (path + [key]).joined(separator: ".")
    let elsewhere = (Recipe.keyPaths + Recipe.movedKeyPaths).filter { $0.hasSuffix("." + key) }
    let near = nearestName(to: key, in: known).map { (path + [$0]).joined(separator: ".") }
    let hint =
      near.map { "did you mean \"\($0)\"?" }
      ?? (elsewhere.isEmpty
        ? "one of: \(known.joined(separator: ", "))"
          + (known.contains("options")
            ? "; what its kind takes stands in \(path.joined(separator: ".")).options" : "")
        : "did you mean \(elsewhere.map { "\"\($0)\"" }.joined(separator: " or "))?")
    return .unknownKey(location(node), key: full, suggestion: hint)
  }
}
