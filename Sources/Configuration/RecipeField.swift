import Foundation
import SfumatoRegistry
import Yams

/// One key of a section: how to read it, how to write it, and what it may be.
///
/// A section is a table of these, so that a key is spelled in one place. To add a key, add a property and a
/// row.
struct RecipeField<Section: RecipeSection>: Sendable {
  let key: String
  /// Sets the property from a node.
  let read: @Sendable (inout Section, Node, RecipeContext) throws -> Void
  /// The node that stands for the property.
  let write: @Sendable (Section) -> Node
}

typealias RecipeKeyPath<Section, Value> = WritableKeyPath<Section, Value> & Sendable

// MARK: - Kinds of fields

extension RecipeField {
  /// A field read and written by way of text that YAML resolves.
  private static func scalar<Value>(
    _ key: String, _ path: any RecipeKeyPath<Section, Value>, expected: String,
    parse: @escaping @Sendable (Node) -> Value?, node: @escaping @Sendable (Value) -> Node
  ) -> Self {
    RecipeField(
      key: key,
      read: { section, value, context in
        guard let parsed = parse(value) else { throw context.badValue(value, expected: expected) }
        section[keyPath: path] = parsed
      },
      write: { node($0[keyPath: path]) })
  }

  static func text(_ key: String, _ path: any RecipeKeyPath<Section, String>) -> Self {
    scalar(key, path, expected: "text", parse: \.textValue, node: { .text($0) })
  }

  static func optionalText(_ key: String, _ path: any RecipeKeyPath<Section, String?>) -> Self {
    scalar(
      key, path, expected: "text or null", parse: optional(\.textValue), node: { $0.map(Node.text) ?? .null })
  }

  static func choice(
    _ key: String, _ path: any RecipeKeyPath<Section, String>, of names: [String]
  ) -> Self {
    scalar(
      key, path, expected: "one of: \(names.joined(separator: ", "))",
      parse: { $0.textValue.flatMap { names.contains($0) ? $0 : nil } }, node: { .text($0) })
  }

  static func flag(_ key: String, _ path: any RecipeKeyPath<Section, Bool>) -> Self {
    scalar(
      key, path, expected: "true or false", parse: \.flagValue, node: { .plain($0 ? "true" : "false") })
  }

  static func integer(
    _ key: String, _ path: any RecipeKeyPath<Section, Int>, in range: ClosedRange<Int>
  ) -> Self {
    scalar(
      key, path, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
      parse: { $0.integerValue(in: range) }, node: { .plain(String($0)) })
  }

  static func powerOfTwo(
    _ key: String, _ path: any RecipeKeyPath<Section, Int>, in range: ClosedRange<Int>
  ) -> Self {
    scalar(
      key, path, expected: "a power of two from \(range.lowerBound) to \(range.upperBound)",
      parse: { $0.integerValue(in: range).flatMap { $0.nonzeroBitCount == 1 ? $0 : nil } },
      node: { .plain(String($0)) })
  }

  static func optionalInteger(
    _ key: String, _ path: any RecipeKeyPath<Section, Int?>, in range: ClosedRange<Int>
  ) -> Self {
    scalar(
      key, path, expected: "a whole number from \(range.lowerBound) to \(range.upperBound), or null",
      parse: optional { $0.integerValue(in: range) }, node: { $0.map { .plain(String($0)) } ?? .null })
  }

  static func number(
    _ key: String, _ path: any RecipeKeyPath<Section, Double>, in range: ClosedRange<Double>
  ) -> Self {
    scalar(
      key, path, expected: expectation(range), parse: { $0.numberValue(in: range) },
      node: { .plain("\($0)") })
  }

  /// Free keys with text values.
  static func textMap(_ key: String, _ path: any RecipeKeyPath<Section, [String: String]>) -> Self {
    map(key, path, expected: "keys with text values", parse: \.textValue, node: Node.text)
  }

  /// Free keys with options of a registry entry, which the entry checks.
  static func options(_ key: String, _ path: any RecipeKeyPath<Section, [String: OptionValue]>) -> Self {
    map(
      key, path, expected: "keys with numbers, flags, text or lists of these", parse: \.optionValue,
      node: Node.option)
  }

  /// Names of registry entries, each with options.
  ///
  /// - Parameter example: for messages, such as `translate: {pixels: 2}`.
  static func optionSets(
    _ key: String, _ path: any RecipeKeyPath<Section, [String: [String: OptionValue]]>, example: String
  ) -> Self {
    map(
      key, path, expected: "names, each with options, such as {\(example)}",
      parse: { entry in
        guard let mapping = entry.mapping else { return nil }
        var options: [String: OptionValue] = [:]
        for (name, value) in mapping {
          guard let name = name.textValue, let value = value.optionValue else { return nil }
          options[name] = value
        }
        return options
      },
      node: { options in
        Node(
          options.sorted { $0.key < $1.key }.map { (.text($0.key), .option($0.value)) }, Tag.implicit, .flow)
      })
  }

  private static func map<Value: Sendable>(
    _ key: String, _ path: any RecipeKeyPath<Section, [String: Value]>, expected: String,
    parse: @escaping @Sendable (Node) -> Value?, node: @escaping @Sendable (Value) -> Node
  ) -> Self {
    RecipeField(
      key: key,
      read: { section, value, context in
        guard let mapping = value.mapping else { throw context.badValue(value, expected: expected) }
        for (keyNode, entry) in mapping {
          guard let name = keyNode.textValue, let parsed = parse(entry) else {
            throw context.entering(keyNode.scalar?.string ?? "?").badValue(entry, expected: expected)
          }
          section[keyPath: path][name] = parsed
        }
      },
      write: { section in
        let entries = section[keyPath: path].sorted { $0.key < $1.key }
        return Node(
          entries.map { (.text($0.key), node($0.value)) }, Tag.implicit, entries.isEmpty ? .flow : .block)
      })
  }

  /// A section within this one.
  static func section<Inner: RecipeSection>(
    _ key: String, _ path: any RecipeKeyPath<Section, Inner>
  ) -> Self {
    RecipeField(
      key: key,
      read: { section, value, context in try section[keyPath: path].read(value, context) },
      write: { $0[keyPath: path].node })
  }

  private static func expectation(_ range: ClosedRange<Double>) -> String {
    range.upperBound == .greatestFiniteMagnitude
      ? "a number of at least \(range.lowerBound)"
      : "a number from \(range.lowerBound) to \(range.upperBound)"
  }
}

private func optional<Value>(
  _ parse: @escaping @Sendable (Node) -> Value?
) -> @Sendable (Node) -> Value?? {
  { node in node.isNull ? .some(nil) : parse(node).map(Optional.some) }
}
