import SfumatoDiagnostics

/// What can go wrong while sampling.
public enum SamplerError: SfumatoError, Equatable {
  case stepCount(found: Int, allowed: ClosedRange<Int>, schedule: String)
  case badParameter(schedule: String, name: String, found: Double, expected: String)
  case badSigmas(position: Int, reason: String)
  case sizeMismatch(found: Int, expected: Int, source: String)
  case notFinite(step: Int, stepCount: Int, sigma: Double)

  public var exitCode: ExitCode {
    switch self {
    case .notFinite: .divergence
    default: .usage
    }
  }

  public var description: String {
    switch self {
    case .stepCount(let found, let allowed, let schedule):
      "\(found) sampling steps asked for, but the \(schedule) schedule takes \(allowed.lowerBound) to "
        + "\(allowed.upperBound)"
    case .badParameter(let schedule, let name, let found, let expected):
      "\(name) of the \(schedule) schedule is \(found), but must be \(expected)"
    case .badSigmas(let position, let reason):
      "noise level \(position) of the sampling schedule \(reason); levels must descend from above 0 to exactly 0"
    case .sizeMismatch(let found, let expected, let source):
      "the \(source) gave \(found) numbers for a batch of \(expected); both must be of one shape"
    case .notFinite(let step, let stepCount, let sigma):
      "the denoiser gave NaN or infinity in step \(step) of \(stepCount) at noise level \(sigma); "
        + "the model has diverged, use an earlier checkpoint"
    }
  }
}
