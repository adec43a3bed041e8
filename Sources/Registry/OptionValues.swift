/// The values of all options of one entry: given ones checked, the others at their defaults.
public struct OptionValues: Sendable, Hashable {
  /// Every option's value by name.
  public let values: [String: OptionValue]

  /// Checks `given` against `options`.
  ///
  /// - Parameter owner: who takes the options, for messages, such as `sampler "heun"`.
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public init(
    _ given: [String: OptionValue], for options: [PluginOption], of owner: String
  ) throws(RegistryError) {
    var values = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.defaultValue) })
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let option = options.first(where: { $0.name == name }) else {
        throw .unknownOption(owner: owner, option: name, known: options.map(\.name))
      }
      guard option.accepts(value) else {
        throw .badValue(
          owner: owner, option: name, found: value.description, expected: option.expectation)
      }
      values[name] = value
    }
    self.values = values
  }

  /// The value of a number option; the entry must have declared it.
  public func number(_ name: String) -> Double {
    guard case .number(let value)? = values[name] else { preconditionFailure("no number option \(name)") }
    return value
  }

  /// The value of a whole-number option; the entry must have declared it.
  public func integer(_ name: String) -> Int { Int(number(name)) }

  /// The value of a flag option; the entry must have declared it.
  public func flag(_ name: String) -> Bool {
    guard case .flag(let value)? = values[name] else { preconditionFailure("no flag option \(name)") }
    return value
  }

  /// The value of a choice option; the entry must have declared it.
  public func choice(_ name: String) -> String {
    guard case .text(let value)? = values[name] else { preconditionFailure("no choice option \(name)") }
    return value
  }

  /// The value of a text option; the entry must have declared it.
  public func text(_ name: String) -> String { choice(name) }

  /// The values of an option that takes a list of whole numbers; the entry must have declared it.
  public func integers(_ name: String) -> [Int] {
    list(name).map {
      guard case .number(let value) = $0 else { preconditionFailure("no list of numbers \(name)") }
      return Int(value)
    }
  }

  /// The values of an option that takes a list of names; the entry must have declared it.
  public func choices(_ name: String) -> [String] {
    list(name).map {
      guard case .text(let value) = $0 else { preconditionFailure("no list of names \(name)") }
      return value
    }
  }

  private func list(_ name: String) -> [OptionValue] {
    guard case .list(let elements)? = values[name] else { preconditionFailure("no list option \(name)") }
    return elements
  }

  /// Whether the value of a nullable option is null; `number` and others give any other value of it.
  public func isNull(_ name: String) -> Bool { values[name] == .null }

  /// The value of a nullable whole-number option; the entry must have declared it.
  public func optionalInteger(_ name: String) -> Int? { isNull(name) ? nil : integer(name) }
}
