import SfumatoGraph

/// Measures ways of computing a product or a convolution with the real kernels, and holds what they compute against the usual way.
struct KernelTrial {
  /// Timed runs, of which the shortest counts.
  private static let runs = 3
  /// What a timed run lasts at least, in seconds, so that handing it over does not count.
  private static let length = 0.002
  private static let most = 64

  /// What came out of a trial.
  struct Outcome {
    /// The fastest way that computes rightly; nil where there is none.
    var fastest: (choice: KernelChoice, seconds: Double)?
    /// Ways that are never to be taken, and why.
    var refused: [(choice: KernelChoice, reason: String)] = []
    /// Why nothing could be tried; nil where it could.
    var problem: String?
  }

  private let device: LogicalDevice
  private let limits: KernelLimits
  private let task: KernelTask
  private let memory: TrialMemory

  init(_ task: KernelTask, _ device: LogicalDevice, _ limits: KernelLimits) throws(VulkanError) {
    self.task = task
    self.device = device
    self.limits = limits
    memory = try TrialMemory(task, device)
  }

  /// The fastest of `choices`, of which those that are likely fast should come first: what is clearly slower than an earlier one
  /// is given up early. What comes to the same commands as an earlier one is left out.
  ///
  /// What fails by itself, or computes something else than the usual way, is refused.
  func fastest(of choices: [KernelChoice]) throws(VulkanError) -> Outcome {
    let usual = try lower(KernelChoice())
    guard let check = ResultCheck(task, reference: try results(of: usual)) else {
      return Outcome(problem: "the usual way yields results that are not finite on this device")
    }
    var outcome = Outcome()
    var known: Set<[Command]> = []
    for choice in choices {
      do throws(VulkanError) {
        let lowering = try lower(choice)
        guard known.insert(lowering.commands).inserted else { continue }
        if lowering.commands != usual.commands, let fault = check.fault(in: try results(of: lowering)) {
          outcome.refused.append((choice, "computes \(task.key) wrongly on this device (\(fault))"))
          continue
        }
        let seconds = try time(lowering, choice, limit: outcome.fastest?.seconds ?? .infinity)
        if seconds < outcome.fastest?.seconds ?? .infinity { outcome.fastest = (choice, seconds) }
      } catch {
        guard choice != KernelChoice(), !error.endsSession else { throw error }
        outcome.refused.append((choice, "does not compute \(task.key) on this device (\(error))"))
      }
    }
    return outcome
  }

  private func lower(_ choice: KernelChoice) throws(VulkanError) -> Lowering {
    var lowering = Lowering(
      limits, scratch: StepLayout.scratch, kept: StepLayout.kept,
      tables: TensorTables(in: StepLayout.constants, from: 0))
    lowering.choice = choice
    try lowering.lower(task.op, memory.operands, [memory.result])
    return lowering
  }

  private func buffers(_ lowering: Lowering) throws(VulkanError) -> [BufferID: Buffer] {
    var buffers = memory.buffers
    buffers[StepLayout.scratch] = try Buffer(
      device, bytes: lowering.scratchByteCount, use: .device, name: "scratch of a trial")
    return buffers
  }

  /// Samples of what commands compute. This first run may compile, and touch fresh memory.
  private func results(of lowering: Lowering) throws(VulkanError) -> [Float] {
    let commands = memory.spoil + lowering.commands + memory.collect
    _ = try run(try Recording(device, "trial", commands, buffers: buffers(lowering)))
    return memory.sample()
  }

  private func time(
    _ lowering: Lowering, _ choice: KernelChoice, limit: Double
  ) throws(VulkanError) -> Double {
    var lowering = lowering
    if choice.tile != nil {
      // What follows cannot be linked into these kernels, so that its way through memory counts with them.
      let type = memory.result.type
      try lowering.pointwise(
        Lowering.body(.unary(.tanh), [type], type), [memory.result], [memory.result])
    }
    let buffers = try buffers(lowering)
    let once = try Recording(device, "trial", lowering.commands, buffers: buffers)
    let first = try run(once)
    if first > 3 * limit + Self.length { return first }
    let count = max(1, min(Self.most, Int(Self.length / max(first, 1e-9))))
    let timed =
      count == 1
      ? once
      : try Recording(
        device, "trial", (0..<count).flatMap { _ in lowering.commands }, buffers: buffers)
    var shortest = Double.infinity
    for _ in 0..<Self.runs {
      shortest = min(shortest, try run(timed) / Double(count))
      if shortest > 1.25 * limit { break }
    }
    return shortest
  }

  private func run(_ recording: Recording) throws(VulkanError) -> Double {
    let start = ContinuousClock.now
    try recording.submit()
    try recording.wait()
    return start.duration(to: .now) / .seconds(1)
  }
}

extension VulkanError {
  /// Whether nothing else can be tried on the device after it.
  fileprivate var endsSession: Bool {
    switch self {
    case .deviceLost, .timeout: true
    default: false
    }
  }
}
