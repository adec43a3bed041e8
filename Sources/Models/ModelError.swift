import SfumatoDiagnostics

/// A configuration that makes no model, or inputs that do not fit one.
public enum ModelError: SfumatoError, Equatable {
  case notAnObject(found: String)
  case unknownKey(String, known: [String])
  case wrongType(key: String, expected: String)
  case unsupported(key: String, value: String, allowed: String)
  case inconsistent(String)
  case imageSize(height: Int, width: Int, multipleOf: Int)
  case conditions(expected: Bool)

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .notAnObject(let found):
      "the model configuration is \(found), but must be an object with the keys of UNet2DModel's config.json"
    case .unknownKey(let key, let known):
      "the model configuration has an unknown key \"\(key)\"; \(suggestion(for: key, among: known))"
    case .wrongType(let key, let expected):
      "\"\(key)\" in the model configuration must be \(expected)"
    case .unsupported(let key, let value, let allowed):
      "\"\(key)\" in the model configuration is \(value), but must be \(allowed)"
    case .inconsistent(let problem): "the model configuration is inconsistent: \(problem)"
    case .imageSize(let height, let width, let multiple):
      "images of \(height)×\(width) do not pass through the model, which halves them again and again; "
        + "height and width must be multiples of \(multiple)"
    case .conditions(let expected):
      expected
        ? "the model is conditional, but no conditions were given"
        : "conditions were given, but the model is unconditional; make it with conditions, or leave them out"
    }
  }
}
