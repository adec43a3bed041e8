/// An option that a registry entry takes: its name, type, range and default.
public struct PluginOption: Sendable, Hashable {
  /// The type of an option's value with what it may be.
  public enum Kind: Sendable, Hashable {
    case number(default: Double, in: ClosedRange<Double>)
    case integer(default: Int, in: ClosedRange<Int>)
    case flag(default: Bool)
    case choice(default: String, of: [String])
    case text(default: String)
  }

  public let name: String
  /// One line on what the option does.
  public let summary: String
  public let kind: Kind

  public init(_ name: String, _ summary: String, _ kind: Kind) {
    self.name = name
    self.summary = summary
    self.kind = kind
  }

  /// The value when none is given.
  public var defaultValue: OptionValue {
    switch kind {
    case .number(let value, _): .number(value)
    case .integer(let value, _): .number(Double(value))
    case .flag(let value): .flag(value)
    case .choice(let value, _), .text(let value): .text(value)
    }
  }

  /// What a value must be, for messages.
  public var expectation: String {
    switch kind {
    case .number(_, let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .integer(_, let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: "true or false"
    case .choice(_, let names): "one of: \(names.joined(separator: ", "))"
    case .text: "text"
    }
  }

  /// Whether the option takes `value`.
  public func accepts(_ value: OptionValue) -> Bool {
    switch (kind, value) {
    case (.number(_, let range), .number(let x)): range.contains(x)
    case (.integer(_, let range), .number(let x)):
      x == x.rounded() && x >= Double(range.lowerBound) && x <= Double(range.upperBound)
    case (.flag, .flag): true
    case (.choice(_, let names), .text(let x)): names.contains(x)
    case (.text, .text): true
    default: false
    }
  }
}

/// A value given for an option.
public enum OptionValue: Sendable, Hashable, CustomStringConvertible {
  case number(Double)
  case flag(Bool)
  case text(String)

  /// Reads a value from the command line: `true` and `false`, a number, or else text.
  public init(parsing text: String) {
    switch text {
    case "true": self = .flag(true)
    case "false": self = .flag(false)
    default: self = Double(text).map { .number($0) } ?? .text(text)
    }
  }

  public var description: String {
    switch self {
    case .number(let x): Int(exactly: x).map(String.init) ?? "\(x)"
    case .flag(let x): "\(x)"
    case .text(let x): "\"\(x)\""
    }
  }
}

extension OptionValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  public init(booleanLiteral value: Bool) { self = .flag(value) }
  public init(stringLiteral value: String) { self = .text(value) }
}

extension OptionValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let x): try container.encode(x)
    case .flag(let x): try container.encode(x)
    case .text(let x): try container.encode(x)
    }
  }
}
