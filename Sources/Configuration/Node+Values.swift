import SfumatoJSON
import SfumatoRegistry
import Yams

/// Reading typed values from YAML nodes, strictly: a quoted `"1"` is text and no number, and a number needs
/// a finite value.
extension Node {
  private var isPlain: Bool { scalar.map { $0.style == .plain || $0.style == .any } ?? false }

  var isNull: Bool { isPlain && ["null", "~", ""].contains(scalar?.string ?? "") }

  var flagValue: Bool? {
    guard isPlain, let text = scalar?.string else { return nil }
    return ["true": true, "false": false][text]
  }

  var numberValue: Double? {
    guard isPlain, let text = scalar?.string, let value = Double(text), value.isFinite,
      text.first.map({ $0.isNumber || "+-.".contains($0) }) ?? false
    else { return nil }
    return value
  }

  /// Any scalar but null, as it stands.
  var textValue: String? { isNull ? nil : scalar?.string }

  var optionValue: OptionValue? {
    if let flag = flagValue { return .flag(flag) }
    if let number = numberValue { return .number(number) }
    return textValue.map(OptionValue.text)
  }

  func integerValue(in range: ClosedRange<Int>) -> Int? {
    // Digits are read as digits: a double would round large seeds.
    guard let number = numberValue, let value = scalar.flatMap({ Int($0.string) }) ?? Int(exactly: number)
    else { return nil }
    return range.contains(value) ? value : nil
  }

  func numberValue(in range: ClosedRange<Double>) -> Double? {
    numberValue.flatMap { range.contains($0) ? $0 : nil }
  }

  /// The node as JSON, by the same reading of plain scalars.
  var json: JSONValue {
    if let flag = flagValue { return .bool(flag) }
    if let number = numberValue { return Int(exactly: number).map(JSONValue.integer) ?? .number(number) }
    if let text = textValue { return .string(text) }
    if let elements = sequence { return .array(elements.map(\.json)) }
    return .null
  }

  /// The node in a message.
  var found: String {
    switch self {
    case .scalar(let scalar): isNull ? "empty" : isPlain ? scalar.string : "\"\(scalar.string)\""
    case .sequence(let elements):
      elements.count <= 8 && elements.allSatisfy { $0.scalar != nil }
        ? "[" + elements.map(\.found).joined(separator: ", ") + "]" : "a list of \(elements.count)"
    case .mapping: "a section"
    case .alias: "an alias"
    }
  }

  /// A scalar that YAML reads as it stands.
  static func plain(_ text: String) -> Node { Node(text, .implicit, .plain) }

  static var null: Node { plain("null") }

  /// Text, quoted where it would read as something else.
  static func text(_ text: String) -> Node {
    let plain = Node.plain(text)
    let ambiguous = plain.isNull || plain.flagValue != nil || plain.numberValue != nil
    return ambiguous ? Node(text, .implicit, .doubleQuoted) : Node(text, .implicit, .any)
  }

  static func list(_ nodes: [Node]) -> Node { Node(nodes, .implicit, .flow) }
}
