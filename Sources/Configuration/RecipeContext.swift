import SfumatoDiagnostics
import Yams

/// Where reading stands: the source and the path of keys to here.
struct RecipeContext {
  var source: String
  var path: [String] = []

  func entering(_ key: String) -> RecipeContext { RecipeContext(source: source, path: path + [key]) }

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
    let elsewhere = Recipe.keyPaths.filter { $0.hasSuffix("." + key) }
    let near = nearestName(to: key, in: known).map { (path + [$0]).joined(separator: ".") }
    let hint =
      near.map { "did you mean \"\($0)\"?" }
      ?? (elsewhere.isEmpty
        ? "one of: \(known.joined(separator: ", "))"
        : "did you mean \(elsewhere.map { "\"\($0)\"" }.joined(separator: " or "))?")
    return .unknownKey(location(node), key: full, suggestion: hint)
  }
}
