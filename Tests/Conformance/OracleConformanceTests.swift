import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import Testing

/// The oracle through the backend protocol, optimized, against itself, direct: passes must not change what a program means.
@Suite struct OracleConformanceTests {
  @Test(arguments: ConformanceCase.primitives.filter { $0.inputs.allSatisfy { $0.type.count < 3000 } })
  func primitives(_ test: ConformanceCase) throws {
    let device = try OracleBackend().open(0)
    for order in 0...test.maxOrder {
      let result = try test.run(on: device, order: order)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
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
    #expect(normalizedError([1], [1, 2]) == .infinity)
  }
}
