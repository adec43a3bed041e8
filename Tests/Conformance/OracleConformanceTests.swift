import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph
import SfumatoOracle
import Testing

/// The oracle through the backend protocol, optimized, against itself, direct: passes must not change what a program means.
@Suite struct OracleConformanceTests {
  /// A sixth of the suite; `sfumato conformance --backend oracle` runs all of it.
  @Test func part() throws {
    let device = try OracleBackend().open(0)
    var problems: [ConformanceOutcome] = []
    let suite = try ConformanceSuite.everything().part(1, of: 6)
    suite.run(on: device, replays: 2) {
      if $0.status != .passed { problems.append($0) }
      return true
    }
    #expect(suite.checks.count > 1000)
    for problem in problems { Issue.record("\(problem.result.name): \(problem.result.failure ?? "")") }
  }

  @Test(arguments: 1...40) func programsWithState(seed: Int) throws {
    do {
      let problem = try RandomPrograms.check(seed: UInt64(seed), on: OracleBackend().open(0))
      #expect(problem == nil, "\(problem ?? "")")
    } catch let error as GraphError where error.operation == "plan" {
      // States that take each other's old values in a circle are refused.
    }
  }

  @Test func aWrongResultIsFound() {
    #expect(normalizedError([1, 2], [1, 2.001]) > 1e-9)
    #expect(normalizedError([1, .nan], [1, 2]) == .infinity)
    #expect(normalizedError([1, 2], [1, .infinity]) == .infinity)
    #expect(normalizedError([1, .infinity], [1, 1e40]) == 0)
    #expect(normalizedError([1, .infinity], [1, 65520], dtype: .f16) == 0)
    #expect(normalizedError([1, .infinity], [1, 65504], dtype: .f16) == .infinity)
    #expect(normalizedError([1], [1, 2]) == .infinity)
  }
}
