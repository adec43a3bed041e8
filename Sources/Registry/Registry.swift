import SfumatoDiagnostics
import Synchronization

/// Something that can be chosen by name.
public protocol RegistryEntry: Sendable {
  /// The name that recipes and the command line use.
  var name: String { get }
  /// One line on what it is.
  var summary: String { get }
  /// The options it takes.
  var options: [PluginOption] { get }
}

extension RegistryEntry {
  /// The values of all options, `given` ones checked.
  ///
  /// - Parameter kind: what the entry is, for messages, such as "sampler".
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public func values(_ given: [String: OptionValue], of kind: String) throws(RegistryError) -> OptionValues {
    try OptionValues(given, for: options, of: "\(kind) \"\(name)\"")
  }
}

/// The choices of one kind, by name: those that ship and those that an application adds.
public final class Registry<Entry: RegistryEntry>: Sendable {
  /// What one entry is called in messages, such as "sampler".
  public let kind: String
  private let entries: Mutex<[Entry]>

  public init(kind: String, _ entries: [Entry]) {
    self.kind = kind
    self.entries = Mutex(entries)
  }

  /// Adds `entry`; one of the same name is replaced.
  public func register(_ entry: Entry) {
    entries.withLock { all in
      all.removeAll { $0.name == entry.name }
      all.append(entry)
    }
  }

  /// All entries in the order in which they were registered.
  public var all: [Entry] { entries.withLock { $0 } }

  /// The names of all entries.
  public var names: [String] { all.map(\.name) }

  /// The entry called `name`.
  ///
  /// - Throws: `RegistryError.unknownName` with the nearest right name.
  public func entry(_ name: String) throws(RegistryError) -> Entry {
    let all = all
    guard let entry = all.first(where: { $0.name == name }) else {
      throw .unknownName(kind: kind, name: name, known: all.map(\.name))
    }
    return entry
  }
}

/// A name or an option that is not there, or a value that an option does not take.
public enum RegistryError: SfumatoError, Equatable {
  case unknownName(kind: String, name: String, known: [String])
  case unknownOption(owner: String, option: String, known: [String])
  case badValue(owner: String, option: String, found: String, expected: String)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .unknownName(let kind, let name, let known):
      "there is no \(kind) \"\(name)\"; \(suggestion(for: name, among: known))"
    case .unknownOption(let owner, let option, let known):
      known.isEmpty
        ? "\(owner) takes no options, but was given \"\(option)\"; leave it out"
        : "\(owner) has no option \"\(option)\"; \(suggestion(for: option, among: known))"
    case .badValue(let owner, let option, let found, let expected):
      "option \"\(option)\" of \(owner) is \(found), but must be \(expected)"
    }
  }
}
