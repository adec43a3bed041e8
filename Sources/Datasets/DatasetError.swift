import SfumatoDiagnostics

/// Why a data set could not be opened, read or written.
public struct DatasetError: SfumatoError, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The file or folder could not be opened, read or written.
    case file(String)
    /// No kind of data set recognises the path; the kinds there are.
    case unknownKind(kinds: [String])
    /// There is not one image.
    case empty(expected: String)
    /// A filter left no image; the values that its field has.
    case nothingMatches(field: String, pattern: String, values: [String])
    /// No image has the field; the fields there are.
    case unknownField(field: String, known: [String])
    /// An image has no value for the field that gives the class.
    case missingField(field: String, key: String)
    /// A file breaks its format.
    case malformed(format: String, message: String)
    /// More bad images than is tolerated; the first few, each with its reason.
    case tooManyBad(bad: Int, of: Int, tolerated: Double, examples: [String])
    /// The options do not go together.
    case options(String)
  }

  public var reason: Reason
  /// The path that the data came from, when there is one.
  public var source: String?

  public init(_ reason: Reason, source: String? = nil) {
    self.reason = reason
    self.source = source
  }

  public var exitCode: ExitCode {
    switch reason {
    case .unknownField, .nothingMatches, .options: .usage
    default: .badData
    }
  }

  public var description: String { (source.map { $0 + ": " } ?? "") + explanation }

  private var explanation: String {
    switch reason {
    case .file(let message): return message
    case .unknownKind(let kinds):
      return "not a data set of a known kind (\(kinds.joined(separator: ", "))); "
        + "give a folder of PNG or JPEG files or a tar file"
    case .empty(let expected): return "no images found; expected \(expected)"
    case .nothingMatches(let field, let pattern, let values):
      return "no image has a \(field) that matches \"\(pattern)\"; there are: \(list(values))"
    case .unknownField(let field, let known):
      return known.isEmpty
        ? "its images have no field \"\(field)\", nor any other"
        : "its images have no field \"\(field)\"; \(suggestion(for: field, among: known))"
    case .missingField(let field, let key):
      return "\"\(key)\" has no field \"\(field)\", which was to give its class; "
        + "add it, filter the image out, or choose another label"
    case .malformed(let format, let message): return "damaged \(format): \(message)"
    case .tooManyBad(let bad, let count, let tolerated, let examples):
      return "\(bad) of \(count) images are bad, over the \(tolerated * 100)% tolerated; "
        + "remove or replace them: \(examples.joined(separator: "; "))"
    case .options(let message): return message
    }
  }
}

/// A few of many values.
private func list(_ values: [String]) -> String {
  values.prefix(12).joined(separator: ", ") + (values.count > 12 ? ", …" : "")
}
