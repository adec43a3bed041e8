import SfumatoBackend
import SfumatoGraph

/// How a device did on one case.
public struct ConformanceResult: Sendable {
  public var operation: String
  public var detail: String
  /// The types of the inputs.
  public var types: String
  /// The type under test.
  public var dtype: DType
  /// 0: values; 1: gradients; 2: gradients of a projection of the gradients.
  public var order: Int
  /// The largest normalised mean squared error over the outputs: Σ(a − b)² / Σb², b from the oracle.
  public var error: Double
  /// What is wrong, or nil when the case passed.
  public var failure: String?
  /// Wall time with the reference.
  public var milliseconds: Double

  /// Which case, and to which order.
  public var name: String {
    [operation, detail, types].filter { !$0.isEmpty }.joined(separator: " ") + " order \(order)"
  }
}

extension ConformanceCase {
  /// Runs this case on `device` in each of `layouts`, and compares with the oracle.
  ///
  /// In a layout the step is run with one set of inputs, with another one, and `replays` − 1 times more with the
  /// first. A replay that differs in a single bit is a failure, as is a NaN or infinity where the oracle has none or
  /// the other way round, a write beside a result, or a change of what is only read.
  ///
  /// - Parameter layouts: those that belong to the order when nil.
  /// - Throws: what the device throws when it cannot compile or run the program.
  public func run(on device: any Device, order: Int, layouts: [Layout]? = nil, replays: Int = 2) throws
    -> ConformanceResult
  {
    let start = ContinuousClock.now
    let reference = try Reference(self, order: order)
    var result = ConformanceResult(
      operation: operation, detail: detail, types: types, dtype: dtype, order: order, error: 0, failure: nil,
      milliseconds: 0)
    let operands = reference.inputs.map { set in
      zip(inputs, set).map { HostTensor($0.type, rounding: $1) }
    }
    for layout in layouts ?? Layout.all(of: self, order: order) where result.failure == nil {
      let arrangement = try Arrangement(self, order: order, layout: layout)
      var comparison = Comparison(reference, tolerance: tolerance[order])
      try comparison.run(arrangement, operands, replays: isLarge ? 1 : replays, on: device)
      result.error = max(result.error, comparison.error)
      result.failure = comparison.failure.map { layout == .plain ? $0 : "\(layout.rawValue): \($0)" }
    }
    result.milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
    return result
  }
}

/// A program's runs against the reference.
private struct Comparison {
  let reference: Reference
  let tolerance: Double
  private(set) var error = 0.0
  private(set) var failure: String?

  init(_ reference: Reference, tolerance: Double) {
    self.reference = reference
    self.tolerance = tolerance
  }

  mutating func run(
    _ arrangement: Arrangement, _ operands: [[HostTensor]], replays: Int, on device: any Device
  ) throws {
    let store = try device.makeState(arrangement.slots)
    let step = try device.makeStep(
      device.plan(arrangement.program, optimize: arrangement.optimize), state: store)
    var first: [HostTensor]?
    // The other inputs in between: what was left from them must not show.
    let sets = [0] + (operands.count > 1 ? [1] : []) + Array(repeating: 0, count: max(0, replays - 1))
    for (number, set) in sets.enumerated() where failure == nil {
      let (results, damage) = try arrangement.run(step, store, operands[set])
      if let damage { failure = damage }
      if set == 0, let first, first != results {
        failure = "run \(number + 1) differs from the first one in its bits"
      } else if set == 1 || first == nil {
        compare(results, set: set)
      }
      if set == 0 { first = first ?? results }
    }
  }

  private mutating func compare(_ results: [HostTensor], set: Int) {
    guard let expected = reference.outputs[set] else { return }
    for (index, type) in reference.types.enumerated() {
      let found = index < results.count ? results[index].doubles : []
      let error = normalizedError(found, expected[index], dtype: type.dtype)
      if !(error <= self.error) { self.error = error }
      if !(error <= tolerance), failure == nil {
        failure =
          "output \(index): error \(error) exceeds \(tolerance)" + (set == 0 ? "" : " with other inputs")
      }
    }
  }
}
