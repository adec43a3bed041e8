/// What the process tells its caller when it ends.
public enum ExitCode: Int32, Sendable {
  /// Everything asked for was done.
  case success = 0
  /// The command line or the configuration is wrong.
  case usage = 2
  /// A data set or a model file is bad, or a file could not be written.
  case badData = 3
  /// The device was lost, is missing, or has too little memory.
  case device = 4
  /// The numbers diverged, or a device's differ from the reference.
  case divergence = 5
  /// Interrupted by the user; a checkpoint was saved.
  case interrupted = 75
}

/// An error that a user can act on.
///
/// Its description is one line that says what was found, what was expected, where, and what to do.
public protocol SfumatoError: Error, CustomStringConvertible, Sendable {
  /// The exit code that a command ends with when this error stops it.
  var exitCode: ExitCode { get }
}
