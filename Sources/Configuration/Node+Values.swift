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

  /// A scalar, null, or a list of scalars.
  var optionValue: OptionValue? {
    if let elements = sequence {
      let values = elements.compactMap { $0.sequence == nil ? $0.optionValue : nil }
      return values.count == elements.count ? .list(values) : nil
    }
    if isNull { return .null }
    if let flag = flagValue { return .flag(flag) }
    if let number = numberValue { return .number(number) }
    return textValue.map(OptionValue.text)
  }

  /// The node that is read as `value`.
  static func option(_ value: OptionValue) -> Node {
    switch value {
    case .number(let x): .plain(Int(exactly: x).map(String.init) ?? "\(x)")
    case .flag(let x): .plain(x ? "true" : "false")
    case .text(let x): .text(x)
    case .list(let elements): .list(elements.map(option))
    case .null: .null
    }
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
