/// What came of a check, seen against what was expected.
public enum ConformanceStatus: String, Sendable, CaseIterable {
  case passed
  case failed
  /// Refused, as the backend's list says it may be.
  case unsupported
  /// Failed, as the backend's list says.
  case knownFailure = "known failure"
  /// Passed, though the backend's list says that it fails.
  case unexpectedPass = "unexpected pass"

  /// Whether something must be done: about the backend, or about its list.
  public var isProblem: Bool { self == .failed || self == .unexpectedPass }
}

/// A check that was run.
public struct ConformanceOutcome: Sendable {
  public var result: ConformanceResult
  public var status: ConformanceStatus
}
