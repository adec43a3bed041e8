extension JSONValue {
  /// The value on one line, members in order. Numbers that JSON cannot express (NaN, infinities) are null.
  public var line: String {
    var text = ""
    write(to: &text, style: .line, indent: 0)
    return text
  }

  /// The value as a document: sorted keys, indent 2, final newline.
  public var document: String {
    var text = ""
    write(to: &text, style: .document, indent: 0)
    return text + "\n"
  }

  private enum Style { case line, document }

  private func write(to text: inout String, style: Style, indent: Int) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): text += Self.quoted(value)
    case .array(let elements):
      Self.writeList(elements, open: "[", close: "]", to: &text, style: style, indent: indent) {
        $1.write(to: &$0, style: style, indent: indent + 1)
      }
    case .object(let object):
      let members = style == .line ? object.members : object.members.sorted { $0.key < $1.key }
      Self.writeList(members, open: "{", close: "}", to: &text, style: style, indent: indent) {
        $0 += Self.quoted($1.key) + (style == .line ? ":" : ": ")
        $1.value.write(to: &$0, style: style, indent: indent + 1)
      }
    }
  }

  private static func writeList<Element>(
    _ elements: [Element], open: String, close: String, to text: inout String, style: Style, indent: Int,
    element write: (inout String, Element) -> Void
  ) {
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      if style == .document { text += "\n" + String(repeating: "  ", count: indent + 1) }
      write(&text, element)
    }
    if style == .document, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += close
  }

  /// `text` in quotes, escaped.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..<" ":
        let code = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
