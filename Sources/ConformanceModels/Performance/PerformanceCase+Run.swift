import SfumatoBackend
import SfumatoConformance
import SfumatoGraph

/// How fast an operation ran.
public struct PerformanceResult: Sendable {
  public var operation: String
  public var detail: String
  public var types: String
  /// Seconds a run: the median.
  public var seconds: Double
  /// Seconds of the fastest and the slowest run.
  public var fastest: Double
  public var slowest: Double
  /// What its kernels took by the device's own clock in one run; nil where that is not known.
  public var kernelSeconds: Double?
  /// How the longest kernel computes it where there are several algorithms, such as `winograd`; nil where that is not known.
  public var method: String?
  /// How far apart the tenth and the ninetieth hundredth are, as a share of the median.
  public var spread: Double
  public var gigaflops: Double
  public var gigabytesPerSecond: Double
}

extension PerformanceCase {
  /// Times this case on `device`: operands and results are states, so that nothing is copied to or from the host.
  ///
  /// - Parameters:
  ///   - seconds: how long to measure at least, after a warm-up.
  ///   - samples: how many times to measure at least.
  public func run(on device: any Device, seconds: Double = 0.5, samples leastCount: Int = 5) throws
    -> PerformanceResult
  {
    let builder = GraphBuilder()
    let operands = try test.inputs.enumerated().map {
      try builder.state("in \($0)", $1.type.dtype, $1.type.shape)
    }
    for (index, result) in try test.trace(operands).enumerated() {
      _ = try builder.state("out \(index)", result.dtype, result.shape)
      try builder.update("out \(index)", to: result)
    }
    // Something small to wait for.
    try builder.output("done", try builder.iota(axis: 0, [1]))
    let program = try builder.finish()
    let store = try device.makeState(for: program)
    for index in test.inputs.indices {
      try store.write("in \(index)", HostTensor(test.inputs[index].type, rounding: test.elements(index)))
    }
    let step = try device.makeStep(program, state: store)
    _ = try Self.time(step, runs: 1)
    // As many runs a sample as take some milliseconds: waiting for a device takes time too.
    func runsInSample() throws -> Int { max(1, Int(0.02 / max(try Self.time(step, runs: 2), 1e-7))) }
    var runs = try runsInSample()
    try WarmUp(for: device.info).run { _ = try Self.time(step, runs: runs) }
    runs = try runsInSample()
    let profile = try step.profile([:])
    let kernels = profile?.kernels ?? []
    let method = kernels.max { ($0.wall, $0.multiplyAdds) < ($1.wall, $1.multiplyAdds) }?.method
    var samples: [Double] = []
    let start = ContinuousClock.now
    while samples.count < max(1, leastCount) || (ContinuousClock.now - start) / .seconds(1) < seconds {
      samples.append(try Self.time(step, runs: runs))
    }
    samples.sort()
    let median = samples[samples.count / 2]
    return PerformanceResult(
      operation: test.operation, detail: test.detail, types: test.types, seconds: median,
      fastest: samples[0], slowest: samples[samples.count - 1],
      kernelSeconds: profile.flatMap { $0.isTimed ? kernels.reduce(0) { $0 + $1.wall } : nil },
      method: method,
      spread: (samples[samples.count * 9 / 10] - samples[samples.count / 10]) / median,
      gigaflops: Double(operations) / median / 1e9, gigabytesPerSecond: Double(bytes) / median / 1e9)
  }

  /// Seconds a run.
  private static func time(_ step: any Step, runs: Int) throws -> Double {
    let start = ContinuousClock.now
    for _ in 0..<runs { try step.run([:]) }
    _ = try step.outputs()
    return (ContinuousClock.now - start) / .seconds(runs)
  }
}
