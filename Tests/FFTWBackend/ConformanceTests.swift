import SfumatoBackend
import SfumatoConformance
import SfumatoFFTWBackend
import SfumatoGraph
import Testing

/// The suite that every backend must pass, on this one.
@Suite struct ConformanceTests {
  @Test(arguments: ConformanceCase.primitives) func conformance(_ test: ConformanceCase) throws {
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    for order in 0...test.maxOrder {
      let result = try test.run(on: device, order: order)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
  }

  /// Node by node, without fusion.
  @Test(arguments: ConformanceCase.primitives) func unoptimized(_ test: ConformanceCase) throws {
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    let result = try test.run(on: device, order: 0, optimize: false)
    #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
  }

  @Test(arguments: 1...40) func programsWithState(seed: Int) throws {
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    do {
      let problem = try RandomPrograms.check(seed: UInt64(seed), on: device)
      #expect(problem == nil, "\(problem ?? "")")
    } catch let error as GraphError where error.operation == "plan" {
      // States that take each other's old values in a circle are refused.
    }
  }
}
