import SfumatoBackend
import SfumatoGraph
import SfumatoOracle

/// How a device did on one case.
public struct ConformanceResult: Sendable {
  /// Which case, and to which order.
  public var name: String
  /// The largest normalised mean squared error over the outputs: Σ(a − b)² / Σb², b from the oracle.
  public var error: Double
  /// What is wrong, or nil when the case passed.
  public var failure: String?
}

extension ConformanceCase {
  /// Runs this case on `device`, `replays` times over, and compares with the oracle.
  ///
  /// A replay that differs in a single bit is a failure, as is a NaN or infinity where the oracle has none or
  /// the other way round.
  public func run(on device: any Device, order: Int, optimize: Bool = true, replays: Int = 2) throws
    -> ConformanceResult
  {
    let program = try self.program(order: order)
    let elements = inputs.indices.map { self.elements($0) }
    let expected = try evaluate(program, inputs: named(elements)).outputs
    let state = try device.makeState(for: program)
    let step = try device.makeStep(device.plan(program, optimize: optimize), state: state)
    let tensors = zip(inputs, elements).map { HostTensor($0.type, rounding: $1) }
    var result = ConformanceResult(name: "\(self) order \(order)", error: 0)
    var first: [String: HostTensor]?
    for replay in 0..<max(1, replays) {
      try step.run(named(tensors))
      let outputs = try step.outputs()
      if let first, first != outputs {
        result.failure = "run \(replay) differs from the first one in its bits"
        return result
      }
      first = first ?? outputs
    }
    for port in program.outputs {
      let found = first?[port.name]?.doubles ?? []
      let error = normalizedError(
        found, expected[port.name] ?? [], smallest: program[port.value].dtype.smallest)
      if !(error <= result.error) { result.error = error }
      if !(error <= tolerance) {
        result.failure = "output \(port.name): error \(error) exceeds \(tolerance)"
      }
    }
    return result
  }

  private func named<Value>(_ values: [Value]) -> [String: Value] {
    Dictionary(uniqueKeysWithValues: values.enumerated().map { (String($0), $1) })
  }
}

extension DType {
  /// Differences below this are rounding of a zero, not an error.
  fileprivate var smallest: Double { isFloat ? 1e-30 : 0 }

  fileprivate static let largestFloat = Double(Float.greatestFiniteMagnitude)
}

/// Σ(a − b)² / Σb² over finite elements; infinity when sizes or non-finite elements differ. A reference too large for
/// f32 counts as infinite.
public func normalizedError(_ found: [Double], _ expected: [Double], smallest: Double = 1e-30) -> Double {
  guard found.count == expected.count else { return .infinity }
  var difference = 0.0, magnitude = 0.0
  for (a, reference) in zip(found, expected) {
    let b = abs(reference) > DType.largestFloat ? reference * .infinity : reference
    if a.isNaN != b.isNaN { return .infinity }
    if a.isNaN { continue }
    if a.isInfinite || b.isInfinite {
      if a != b { return .infinity }
      continue
    }
    difference += (a - b) * (a - b)
    magnitude += b * b
  }
  if difference <= smallest { return 0 }
  return difference / max(magnitude, smallest)
}
