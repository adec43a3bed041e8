import SfumatoDiagnostics

/// Where in the configuration something was said.
public struct RecipeLocation: Hashable, CustomStringConvertible, Sendable {
  /// A file's path, or the flag of the command line.
  public var source: String
  /// Line in the file, from 1.
  public var line: Int?

  public init(source: String, line: Int? = nil) {
    self.source = source
    self.line = line
  }

  public var description: String { line.map { "\(source):\($0)" } ?? source }
}

/// What can be wrong with a recipe.
public enum RecipeError: SfumatoError, Equatable {
  /// The file cannot be read.
  case unreadable(path: String, reason: String)
  /// The text is no YAML.
  case syntax(RecipeLocation, problem: String)
  /// A key that no section has.
  case unknownKey(RecipeLocation, key: String, suggestion: String)
  /// A value that the key does not take.
  case badValue(RecipeLocation, key: String, found: String, expected: String)
  /// Values that do not fit together.
  case inconsistent(RecipeLocation, detail: String)

  /// A key that was given and that what the recipe chose has no use for.
  case inapplicable(key: String, owner: String)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read recipe \(path): \(reason)"
    case .syntax(let location, let problem): "\(location): \(problem)"
    case .unknownKey(let location, let key, let suggestion):
      "\(location): unknown key \"\(key)\"; \(suggestion)"
    case .badValue(let location, let key, let found, let expected):
      "\(location): \(key) is \(found), but must be \(expected)"
    case .inconsistent(let location, let detail): "\(location): \(detail)"
    case .inapplicable(let key, let owner): "\(key) does not apply to \(owner); leave it out"
    }
  }
}
