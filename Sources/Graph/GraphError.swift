import SfumatoDiagnostics

/// A graph that breaks a rule of its operations.
public struct GraphError: SfumatoError, Equatable {
  /// The operation that was asked for.
  public var operation: String
  /// Where: the scope in which it was traced.
  public var node: String
  /// What was found and what was expected, both with shapes.
  public var problem: String

  public init(operation: String, node: String, problem: String) {
    self.operation = operation
    self.node = node
    self.problem = problem
  }

  public var exitCode: ExitCode { .usage }
  public var description: String { "\(operation)\(node.isEmpty ? "" : " at \(node)"): \(problem)" }
}
