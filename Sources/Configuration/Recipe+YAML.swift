import Foundation
import Yams

extension Recipe {
  /// Longest recipe that is read, in bytes.
  static let lengthLimit = 1 << 20
  /// Most aliases in a recipe. An alias within an alias within an alias can stand for any amount of text.
  static let aliasLimit = 16

  /// Reads a recipe from a file and changes it by `overrides`, each `key.path=value`.
  ///
  /// - Parameter note: is told of keys that are read in a place where an older version had them.
  /// - Throws: `RecipeError`.
  public init(path: String, overrides: [String] = [], note: (String) -> Void = { _ in }) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RecipeError.unreadable(path: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else { throw RecipeError.unreadable(path: path, reason: "it is a folder") }
    guard let file = FileHandle(forReadingAtPath: path),
      let bytes = try? file.read(upToCount: Self.lengthLimit + 1) ?? Data()
    else { throw RecipeError.unreadable(path: path, reason: "no permission, or not a regular file") }
    guard bytes.count <= Self.lengthLimit else {
      throw RecipeError.unreadable(path: path, reason: "it is longer than \(Self.lengthLimit) bytes")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw RecipeError.unreadable(path: path, reason: "it is not UTF-8 text")
    }
    try self.init(yaml: text, source: path, overrides: overrides, note: note)
  }

  /// Reads a recipe from text; `source` is named in errors.
  ///
  /// - Throws: `RecipeError`.
  public init(
    yaml: String, source: String, overrides: [String] = [], note: (String) -> Void = { _ in }
  ) throws {
    self.init()
    try withoutActuallyEscaping(note) { note in
      if let node = try Self.compose(yaml, source: source), !node.isNull {
        try read(node, RecipeContext(source: source, note: note))
      }
      for override in overrides { try apply(override: override, note: note) }
    }
    try check(source: source)
  }

  /// Sets one value, as in `training.batch=64`. The value is read as YAML.
  ///
  /// - Throws: `RecipeError`.
  private mutating func apply(override: String, note: @escaping (String) -> Void) throws {
    let source = "--set \(override)"
    guard let equals = override.firstIndex(of: "="), equals != override.startIndex else {
      throw RecipeError.syntax(
        RecipeLocation(source: source), problem: "expected key.path=value, such as training.batch=64")
    }
    let value = try Self.compose(String(override[override.index(after: equals)...]), source: source) ?? .null
    let keys = override[..<equals].split(separator: ".", omittingEmptySubsequences: false)
    let node = keys.reversed().reduce(value) { Node([(Node(String($1)), $0)]) }
    try read(node, RecipeContext(source: source, note: note))
  }

  private static func compose(_ yaml: String, source: String) throws -> Node? {
    let location = RecipeLocation(source: source)
    guard yaml.utf8.count <= lengthLimit else {
      throw RecipeError.syntax(location, problem: "longer than \(lengthLimit) bytes")
    }
    guard aliasCount(yaml) <= aliasLimit else {
      throw RecipeError.syntax(location, problem: "more than \(aliasLimit) aliases (*name)")
    }
    do { return try Yams.compose(yaml: yaml) } catch let error as YamlError {
      throw syntaxError(error, source: source)
    }
  }

  /// How many `*name` there are outside of words.
  private static func aliasCount(_ yaml: String) -> Int {
    var count = 0
    var previous: Unicode.Scalar = " "
    var beforePrevious: Unicode.Scalar = " "
    for scalar in yaml.unicodeScalars {
      let starts = previous == "*" && !(beforePrevious.properties.isAlphabetic || beforePrevious == "*")
      if starts, scalar.properties.isAlphabetic || scalar == "_" || ("0"..."9").contains(scalar) {
        count += 1
      }
      (beforePrevious, previous) = (previous, scalar)
    }
    return count
  }

  private static func syntaxError(_ error: YamlError, source: String) -> RecipeError {
    func at(_ mark: Mark?, _ problem: String) -> RecipeError {
      .syntax(
        RecipeLocation(source: source, line: source.hasPrefix("--") ? nil : mark?.line), problem: problem)
    }
    return switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      at(mark, problem)
    case .duplicatedKeysInMapping(let keys, let context):
      at(context.mark, "the key \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) is there twice")
    case .reader(let problem, let offset, _, _):
      at(nil, problem + (offset.map { " at character \($0)" } ?? ""))
    default: at(nil, "not valid YAML")
    }
  }

  /// The recipe as YAML, with every value; reading it gives an equal recipe.
  ///
  /// - Throws: `RecipeError.syntax` for text that YAML cannot hold.
  public func yaml() throws -> String {
    do {
      return try Yams.serialize(node: node, width: 100, allowUnicode: true)
    } catch {
      throw RecipeError.syntax(RecipeLocation(source: name), problem: "cannot be written as YAML: \(error)")
    }
  }
}
