import SfumatoBackend

extension ConformanceSuite {
  /// Runs the checks one after another on `device`.
  ///
  /// - Parameters:
  ///   - expectations: those of the device's backend when nil.
  ///   - replays: how often a step is run with the same inputs; all must give the same bits.
  ///   - each: called after each check; the suite ends where it returns false.
  public func run(
    on device: any Device, expectations: Expectations? = nil, replays: Int = 10,
    each: (ConformanceOutcome) throws -> Bool
  ) rethrows {
    let expectations = expectations ?? .of(backend: device.info.backend)
    for check in checks {
      guard try each(check.outcome(on: device, expectations, replays: replays)) else { return }
    }
  }
}

extension ConformanceSuite.Check {
  func outcome(on device: any Device, _ expectations: Expectations, replays: Int) -> ConformanceOutcome {
    let isKnown = expectations.knownFailures.contains { $0.covers(self) }
    do {
      let result = try test.run(on: device, order: order, replays: replays)
      let status: ConformanceStatus =
        result.failure == nil ? (isKnown ? .unexpectedPass : .passed) : (isKnown ? .knownFailure : .failed)
      return ConformanceOutcome(result: result, status: status)
    } catch {
      let result = ConformanceResult(
        operation: test.operation, detail: test.detail, types: test.types, dtype: test.dtype, order: order,
        error: .nan, failure: "\(error)", milliseconds: 0)
      let isUnsupported = expectations.unsupported.contains { $0.covers(self) }
      return ConformanceOutcome(
        result: result, status: isUnsupported ? .unsupported : isKnown ? .knownFailure : .failed)
    }
  }
}
