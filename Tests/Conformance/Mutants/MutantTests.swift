import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoFFTWBackend
import Testing

/// Faults planted in a good backend: the suite must find them.
@Suite struct MutantTests {
  static let mutants: [Fault] = [
    .droppedOrdering, .convolutionEdge, .writePastEnd, .forgottenTail, .staleInput, .halfAccumulation,
    .transposedGradient, .ignoredNaN, .unorderedSum, .bound, .readPastEnd, .overwrittenOperand,
  ]

  /// The first check that finds the fault, by what it says.
  @Test(arguments: mutants) func isFound(_ fault: Fault) throws {
    let device = FaultyDevice(try FFTWBackend(options: .init(threads: 2)).open(0), fault)
    let suite = try ConformanceSuite.everything().filter { !$0.test.isLarge && fault.concerns($0) }
    var found: ConformanceOutcome?
    var tried = 0
    suite.run(on: device, replays: 3) { outcome in
      tried += 1
      if outcome.status != .passed { found = outcome }
      return found == nil
    }
    #expect(device.planted > 0)
    guard let found else {
      Issue.record("\(fault.name): not found by \(tried) checks")
      return
    }
    print("\(fault.name): found by \"\(found.result.name)\", check \(tried): \(found.result.failure ?? "")")
  }
}
