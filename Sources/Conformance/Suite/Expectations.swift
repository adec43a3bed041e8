import SfumatoGraph

/// A set of checks that a backend is not expected to pass, and why.
public struct Expectation: Sendable {
  /// The operation; all of them when nil.
  public var operation: String?
  /// The type under test; any when nil.
  public var dtype: DType?
  /// What the case's detail begins with.
  public var detail: String
  /// The order; any when nil.
  public var order: Int?
  public var reason: String

  public init(
    operation: String? = nil, dtype: DType? = nil, detail: String = "", order: Int? = nil, reason: String
  ) {
    self.operation = operation
    self.dtype = dtype
    self.detail = detail
    self.order = order
    self.reason = reason
  }

  func covers(_ check: ConformanceSuite.Check) -> Bool {
    (operation == nil || operation == check.test.operation) && (dtype == nil || dtype == check.test.dtype)
      && check.test.detail.hasPrefix(detail) && (order == nil || order == check.order)
  }
}

/// What a backend is known not to do. The two lists mean different things: what is unsupported is refused with an error
/// that says so, what is known to fail runs and is wrong.
public struct Expectations: Sendable {
  /// Checks that may be refused, depending on the device. One that runs must pass.
  public var unsupported: [Expectation] = []
  /// Checks that fail until somebody mends it. One that passes is an error: the entry must go.
  public var knownFailures: [Expectation] = []

  public init(unsupported: [Expectation] = [], knownFailures: [Expectation] = []) {
    self.unsupported = unsupported
    self.knownFailures = knownFailures
  }

  /// The lists of the backend called `name`; empty for one that is not listed.
  public static func of(backend name: String) -> Expectations { byBackend[name] ?? Expectations() }

  /// A new backend adds itself here.
  private static let byBackend: [String: Expectations] = [
    "vulkan": Expectations(
      unsupported: [
        Expectation(dtype: .f16, reason: "the device has no 16-bit storage"),
        Expectation(dtype: .bf16, reason: "the device has no 16-bit storage"),
      ])
  ]
}
