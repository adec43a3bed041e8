import SfumatoDiagnostics

/// What can go wrong between a program and a device.
public enum BackendError: SfumatoError, Equatable {
  /// There is no such device, or no driver for it.
  case unavailable(backend: String, problem: String, remedy: String)
  /// The device cannot hold what the program needs.
  case outOfMemory(device: String, needed: Int, available: Int?, remedy: String)
  /// The device stopped working.
  case deviceLost(device: String, problem: String)
  /// The backend cannot run this operation.
  case unsupported(backend: String, operation: String, problem: String)
  /// A tensor was handed over that is not the one that the program names.
  case mismatch(name: String, found: String, expected: String)
  /// Choices that were kept for a device are not what it made of them.
  case badTuning(backend: String, problem: String)

  public var exitCode: ExitCode {
    switch self {
    case .unavailable, .outOfMemory, .deviceLost: .device
    case .unsupported, .mismatch: .usage
    case .badTuning: .badData
    }
  }

  public var description: String {
    switch self {
    case .unavailable(let backend, let problem, let remedy): "backend \(backend): \(problem); \(remedy)"
    case .outOfMemory(let device, let needed, let available, let remedy):
      "\(device): needs \(mebibytes(needed))"
        + (available.map { ", but has \(mebibytes($0))" } ?? ", which it does not have") + "; \(remedy)"
    case .deviceLost(let device, let problem):
      "\(device): the device stopped working (\(problem)); start again with --resume"
    case .unsupported(let backend, let operation, let problem): "backend \(backend): \(operation): \(problem)"
    case .mismatch(let name, let found, let expected):
      "tensor \"\(name)\": expected \(expected), found \(found)"
    case .badTuning(let backend, let problem): "tuning of backend \(backend): \(problem)"
    }
  }
}

/// `bytes` in MiB, for people.
public func mebibytes(_ bytes: Int) -> String {
  let tenths = (Double(bytes) / 1_048_576 * 10).rounded() / 10
  return "\(tenths) MiB"
}
