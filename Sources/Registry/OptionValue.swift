/// A value given for an option.
public enum OptionValue: Sendable, Hashable, CustomStringConvertible {
  case number(Double)
  case flag(Bool)
  case text(String)
  case list([OptionValue])
  case null

  /// Reads a value from the command line: `true` and `false`, `null`, a number, or else text.
  public init(parsing text: String) {
    switch text {
    case "true": self = .flag(true)
    case "false": self = .flag(false)
    case "null": self = .null
    default: self = Double(text).map { .number($0) } ?? .text(text)
    }
  }

  public var description: String {
    switch self {
    case .number(let x): Int(exactly: x).map(String.init) ?? "\(x)"
    case .flag(let x): "\(x)"
    case .text(let x): "\"\(x)\""
    case .list(let elements): "[" + elements.map(\.description).joined(separator: ", ") + "]"
    case .null: "null"
    }
  }
}

extension OptionValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByNilLiteral
{
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: OptionValue...) { self = .list(elements) }
  public init(nilLiteral: ()) { self = .null }
}

extension OptionValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .list(try container.decode([OptionValue].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let x): try container.encode(x)
    case .flag(let x): try container.encode(x)
    case .text(let x): try container.encode(x)
    case .list(let elements): try container.encode(elements)
    case .null: try container.encodeNil()
    }
  }
}
