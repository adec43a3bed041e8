import SfumatoBackend
import SfumatoDiagnostics

/// Why a file is not loaded as a backend.
public struct PluginError: SfumatoError, Equatable {
  /// The file or folder as it was named.
  public var path: String
  /// What is wrong and what to do, in one line.
  public var problem: String

  public init(path: String, problem: String) {
    self.path = path
    self.problem = problem
  }

  public var exitCode: ExitCode { .usage }
  public var description: String { "backend \(path): \(problem)" }
}
