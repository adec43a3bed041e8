import SfumatoDiagnostics

/// An error that may mean that a device is lost: it stopped working, with all that was on it, but may be opened again.
public protocol DeviceLossError: SfumatoError {
  /// What happened, as a phrase without a remedy; nil where the device is not lost.
  var lossProblem: String? { get }
}

extension BackendError: DeviceLossError {
  public var lossProblem: String? {
    if case .deviceLost(let device, let problem) = self { "\(device): \(problem)" } else { nil }
  }
}
