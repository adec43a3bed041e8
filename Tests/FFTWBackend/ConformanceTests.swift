import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoFFTWBackend
import SfumatoGraph
import Testing

/// The suite that every backend must pass, on this one.
@Suite struct ConformanceTests {
  /// Half of the suite; `sfumato conformance --backend fftw` runs all of it.
  @Test(arguments: [1, 3]) func part(offset: Int) throws {
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    try ConformanceSuite.everything().part(offset, of: 4).run(on: device, replays: 3) {
      #expect($0.status == .passed, "\($0.result.name): \($0.result.failure ?? "")")
      return true
    }
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
