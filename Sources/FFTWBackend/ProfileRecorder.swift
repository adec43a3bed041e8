import SfumatoBackend

/// Runs kernels and notes when, and which worker was busy with them.
struct ProfileRecorder {
  private let workers: Workers
  private let start = Processor.time
  private var kernels: [StepProfile.Kernel] = []

  init(_ workers: Workers) { self.workers = workers }

  /// What was recorded so far.
  var profile: StepProfile { StepProfile(kernels: kernels, wall: Processor.time - start) }

  mutating func run(_ kernel: Kernel) throws {
    let begin = Processor.time, processor = Processor.timeUsed
    var spans: [StepProfile.Span] = []
    for phase in kernel.phases {
      let clocks = WorkerClocks(count: workers.count)
      workers.run(
        Phase(units: phase.units) { unit, worker in
          let unitBegin = Processor.time
          phase.body(unit, worker)
          clocks.note(worker, from: unitBegin, to: Processor.time)
        })
      spans += clocks.spans(from: start)
    }
    try kernel.foreign?()
    let name = kernel.name.split(separator: " ", maxSplits: 1).map(String.init)
    kernels.append(
      StepProfile.Kernel(
        operation: name.first ?? "", method: name.dropFirst().first ?? "", node: kernel.node,
        multiplyAdds: kernel.multiplyAdds, begin: begin - start, wall: Processor.time - begin,
        processor: Processor.timeUsed - processor, spans: spans))
  }
}

/// When each worker began its first unit of a phase and ended its last one. Every worker writes its own times only.
private final class WorkerClocks {
  /// Two times of a worker are a cache line apart from the next worker's.
  private static let stride = 8
  private let count: Int
  private let times: UnsafeMutablePointer<Double>

  init(count: Int) {
    self.count = count
    times = .allocate(capacity: count * Self.stride)
    times.initialize(repeating: 0, count: count * Self.stride)
  }

  deinit { times.deallocate() }

  func note(_ worker: Int, from begin: Double, to end: Double) {
    precondition((0..<count).contains(worker), "worker \(worker) of \(count)")
    let own = times + worker * Self.stride
    if own[0] == 0 { own[0] = begin }
    own[1] = end
  }

  /// The spans of those who worked, with times from `start` on.
  func spans(from start: Double) -> [StepProfile.Span] {
    (0..<count).compactMap { worker in
      let own = times + worker * Self.stride
      guard own[0] > 0 else { return nil }
      return StepProfile.Span(worker: worker, begin: own[0] - start, seconds: own[1] - own[0])
    }
  }
}
