/// An option that a registry entry takes: its name, type, range and default.
public struct PluginOption: Sendable, Hashable {
  /// The type of an option's value with what it may be.
  public indirect enum Kind: Sendable, Hashable {
    case number(default: Double, in: ClosedRange<Double>)
    case integer(default: Int, in: ClosedRange<Int>)
    case flag(default: Bool)
    case choice(default: String, of: [String])
    case text(default: String)
    /// Whole numbers, at least one.
    case integers(default: [Int], in: ClosedRange<Int>)
    /// Names, at least one.
    case choices(default: [String], of: [String])
    /// What `Kind` takes, or null, which is also the default where `isNull`.
    case nullable(Kind, isNull: Bool)
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
  public var defaultValue: OptionValue { kind.defaultValue }
  /// What a value must be, for messages.
  public var expectation: String { kind.expectation }
  /// Whether the option takes `value`.
  public func accepts(_ value: OptionValue) -> Bool { kind.accepts(value) }
}

extension PluginOption.Kind {
  fileprivate var defaultValue: OptionValue {
    switch self {
    case .number(let value, _): .number(value)
    case .integer(let value, _): .number(Double(value))
    case .flag(let value): .flag(value)
    case .choice(let value, _), .text(let value): .text(value)
    case .integers(let values, _): .list(values.map { .number(Double($0)) })
    case .choices(let values, _): .list(values.map(OptionValue.text))
    case .nullable(let kind, let isNull): isNull ? .null : kind.defaultValue
    }
  }

  fileprivate var expectation: String {
    switch self {
    case .number(_, let range): "a number from \(range.lowerBound) to \(range.upperBound)"
    case .integer(_, let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: "true or false"
    case .choice(_, let names): "one of: \(names.joined(separator: ", "))"
    case .text: "text"
    case .integers(_, let range):
      "a list of whole numbers from \(range.lowerBound) to \(range.upperBound), such as \(defaultValue)"
    case .choices(_, let names): "a list of: \(names.joined(separator: ", "))"
    case .nullable(let kind, _): kind.expectation + ", or null"
    }
  }

  fileprivate func accepts(_ value: OptionValue) -> Bool {
    switch (self, value) {
    case (.number(_, let range), .number(let x)): range.contains(x)
    case (.integer(_, let range), .number(let x)):
      x == x.rounded() && x >= Double(range.lowerBound) && x <= Double(range.upperBound)
    case (.flag, .flag): true
    case (.choice(_, let names), .text(let x)): names.contains(x)
    case (.text, .text): true
    case (.integers(_, let range), .list(let elements)):
      !elements.isEmpty && elements.allSatisfy { Self.integer(default: 0, in: range).accepts($0) }
    case (.choices(_, let names), .list(let elements)):
      !elements.isEmpty && elements.allSatisfy { Self.choice(default: "", of: names).accepts($0) }
    case (.nullable(let kind, _), _): value == .null || kind.accepts(value)
    default: false
    }
  }
}
