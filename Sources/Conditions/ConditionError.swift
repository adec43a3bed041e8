import SfumatoDiagnostics

/// Something asked of a condition that it has no answer to.
public enum ConditionError: SfumatoError, Equatable {
  /// Words that mean nothing to it; `hint` says which do.
  case unknownValue(condition: String, words: String, hint: String)
  /// A condition that the model is not trained with.
  case notThere(condition: String, known: [String])
  /// A table of choices that is too small for them.
  case tooFewChoices(condition: String, found: Int, needed: Int)
  /// Data that has nothing to say of it.
  case missing(condition: String, problem: String)

  public var exitCode: ExitCode {
    switch self {
    case .missing: .badData
    case .unknownValue, .notThere, .tooFewChoices: .usage
    }
  }

  public var description: String {
    switch self {
    case .unknownValue(let condition, let words, let hint):
      "there is no \(condition) \"\(words)\"; \(hint)"
    case .notThere(let condition, let known):
      known.isEmpty
        ? "\(condition): this model is trained without conditions; leave it out"
        : "\(condition): this model is not trained with it; \(suggestion(for: condition, among: known))"
    case .tooFewChoices(let condition, let found, let needed):
      "model.num_class_embeds is \(found), but the condition \(condition) has \(needed) values; leave it out, or give at least as many"
    case .missing(let condition, let problem): "conditions.\(condition): \(problem)"
    }
  }
}
