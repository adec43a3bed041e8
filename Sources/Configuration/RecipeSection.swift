import SfumatoRegistry
import Yams

/// A part of a recipe whose keys stand in a table.
protocol RecipeSection: Sendable, Equatable {
  init()
  static var fields: [RecipeField<Self>] { get }
  /// Every key with the path to it, for suggestions.
  static var keyPaths: [String] { get }
  /// Keys that the section had in an older version and that are options now; none but in a `ChoiceSection`.
  static var movedKeys: [MovedKey] { get }
  /// Reads such a key.
  mutating func read(_ moved: MovedKey, _ node: Node, _ context: RecipeContext) throws
}

extension RecipeSection {
  static var keyPaths: [String] { fields.map(\.key) }
  static var movedKeys: [MovedKey] { [] }
  mutating func read(_ moved: MovedKey, _ node: Node, _ context: RecipeContext) throws {}

  /// Sets every property that `node` has a key for.
  mutating func read(_ node: Node, _ context: RecipeContext) throws {
    guard let mapping = node.mapping else {
      throw context.badValue(
        node, expected: "a section with keys (\(Self.fields.map(\.key).joined(separator: ", ")))")
    }
    var moved: [String] = []
    for (keyNode, value) in mapping {
      let key = keyNode.scalar?.string ?? "?", inner = context.entering(key)
      if let field = Self.fields.first(where: { $0.key == key }) {
        try field.read(&self, value, inner)
      } else if let known = Self.movedKeys.first(where: { $0.key == key }) {
        try read(known, value, inner)
        moved.append(key)
      } else {
        throw context.unknownKey(keyNode, key, known: Self.fields.map(\.key))
      }
    }
    if !moved.isEmpty { context.noteMoved(moved) }
  }

  /// The section with every key, in the table's order.
  var node: Node {
    Node(Self.fields.map { (Node($0.key), $0.write(self)) }, Tag.implicit, .block)
  }
}

/// A section that chooses one of a registry's entries, `kind`, and gives it `options`, which the entry declares.
protocol ChoiceSection: RecipeSection {
  var options: [String: OptionValue] { get set }
}

/// A key of a section that is an option now, or a list that is several.
struct MovedKey: Sendable {
  let key: String
  /// The options, with what the key said of them where nobody had set it, which no kind is given.
  let options: [(name: String, usual: OptionValue)]

  init(_ key: String, usual: OptionValue) { self.init(key, [(key, usual)]) }

  init(_ key: String, _ options: [(name: String, usual: OptionValue)]) {
    self.key = key
    self.options = options
  }
}

extension ChoiceSection {
  mutating func read(_ moved: MovedKey, _ node: Node, _ context: RecipeContext) throws {
    var values: [OptionValue]? = node.optionValue.map { [$0] }
    if moved.options.count > 1 {
      guard case .list(let elements)? = node.optionValue, elements.count == moved.options.count else {
        throw context.badValue(node, expected: "a list of \(moved.options.count)")
      }
      values = elements
    }
    guard let values else {
      throw context.badValue(node, expected: "a number, a flag, text or a list of these")
    }
    for (option, value) in zip(moved.options, values) {
      if value == option.usual {
        options.removeValue(forKey: option.name)
      } else {
        options[option.name] = value
      }
    }
  }
}
