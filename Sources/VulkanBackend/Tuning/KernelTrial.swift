import SfumatoBackend
import SfumatoGraph

/// Measures candidates for a product or a convolution with the real kernels, and holds what they compute against the usual candidate.
///
/// Its parts are called for many tasks each before the next, so that the device is busy while it is timed (`KernelTuner`).
struct KernelTrial {
  /// Rounds in which every candidate that is left is timed; a candidate's shortest time counts.
  private static let rounds = 3
  /// What a timed run lasts at least, in seconds, so that handing it over does not count.
  private static let length = 0.002
  private static let most = 64

  /// One kernel, or several one after another, for the task.
  struct Candidate {
    let choice: KernelChoice
    let commands: [Command]
    /// What is timed.
    let timed: [Command]
    /// Of both.
    let scratchByteCount: Int
  }

  /// What came out of a trial.
  struct Outcome {
    /// The fastest candidate that computes rightly; nil where there is none.
    var fastest: (choice: KernelChoice, seconds: Double)?
    /// Candidates that are never to be taken, and why.
    var refused: [(choice: KernelChoice, reason: String)] = []
    /// Why nothing could be tried; nil where it could.
    var problem: String?
  }

  let task: KernelTask
  private let layout: TrialLayout
  /// Without those that come to the same commands as an earlier one, or that cannot be lowered.
  private(set) var candidates: [Candidate] = []
  private(set) var outcome = Outcome()
  private let usual: Candidate
  private let device: LogicalDevice

  /// - Parameter choices: those that are likely fast should come first.
  /// - Throws: what is wrong with the usual candidate.
  init(
    _ task: KernelTask, _ choices: [KernelChoice], _ device: LogicalDevice, _ limits: KernelLimits
  ) throws(VulkanError) {
    self.task = task
    self.device = device
    layout = TrialLayout(task)
    usual = try Candidate(task, KernelChoice(), layout, limits)
    var known: Set<[Command]> = []
    for choice in choices {
      do throws(VulkanError) {
        let candidate = try choice == KernelChoice() ? usual : Candidate(task, choice, layout, limits)
        if known.insert(candidate.commands).inserted { candidates.append(candidate) }
      } catch {
        try refuse(choice, error)
      }
    }
  }

  /// The kernels of all candidates.
  var kernels: [Kernel] { ([usual] + candidates).flatMap(\.timed.kernels) }

  /// Runs every candidate once. What fails by itself, or computes something else than the usual candidate, is refused.
  mutating func check() throws(VulkanError) {
    let memory = try memory()
    guard let check = ResultCheck(task, reference: try results(of: usual, memory)) else {
      outcome.problem = "the usual kernel yields results that are not finite on this device"
      candidates = []
      return
    }
    var right: [Candidate] = []
    for candidate in candidates {
      do throws(VulkanError) {
        if candidate.choice != KernelChoice(), let fault = check.fault(in: try results(of: candidate, memory))
        {
          outcome.refused.append((candidate.choice, "computes \(task.key) wrongly on this device (\(fault))"))
        } else {
          right.append(candidate)
        }
      } catch {
        try refuse(candidate.choice, error)
      }
    }
    candidates = right
  }

  private mutating func refuse(_ choice: KernelChoice, _ error: VulkanError) throws(VulkanError) {
    guard choice != KernelChoice(), !error.endsSession else { throw error }
    outcome.refused.append((choice, "does not compute \(task.key) on this device (\(error))"))
  }

  /// Finds the fastest of the candidates. They take turns, so that what changes the device's speed meanwhile does so for all; what is clearly
  /// slower than another is given up early.
  mutating func time() throws(VulkanError) {
    guard !candidates.isEmpty else { return }
    let memory = try memory()
    var contestants: [Contestant] = []
    for candidate in candidates {
      do throws(VulkanError) {
        contestants.append(try Contestant(candidate, memory, device))
      } catch {
        try refuse(candidate.choice, error)
      }
    }
    var limit = 3 * (contestants.map(\.shortest).min() ?? 0) + Self.length
    for _ in 0..<Self.rounds {
      contestants.removeAll { $0.shortest > limit }
      for place in contestants.indices { try contestants[place].run() }
      limit = 1.25 * (contestants.map(\.shortest).min() ?? 0)
    }
    guard let best = contestants.min(by: { $0.shortest < $1.shortest }) else { return }
    outcome.fastest = (best.choice, best.shortest)
  }

  /// Keeps the device at work with the first candidate until it is as fast as it gets.
  func warmUp(_ warmUp: WarmUp) throws(VulkanError) {
    guard let candidate = candidates.first, warmUp.most > 0 else { return }
    var contestant = try Contestant(candidate, memory(), device)
    try warmUp.run { () throws(VulkanError) in try contestant.run() }
  }

  private func memory() throws(VulkanError) -> TrialMemory {
    try TrialMemory(layout, scratch: ([usual] + candidates).map(\.scratchByteCount).max() ?? 0, device)
  }

  /// A candidate that is timed.
  private struct Contestant {
    let choice: KernelChoice
    /// Seconds of the shortest run so far.
    private(set) var shortest = Double.infinity
    private let recording: Recording
    /// How often the recording computes the task.
    private let count: Int

    init(_ candidate: Candidate, _ memory: TrialMemory, _ device: LogicalDevice) throws(VulkanError) {
      choice = candidate.choice
      let once = try Recording(device, "trial", candidate.timed, buffers: memory.buffers)
      shortest = try Self.run(once)
      count = max(1, min(KernelTrial.most, Int(KernelTrial.length / max(shortest, 1e-9))))
      recording =
        count == 1
        ? once
        : try Recording(
          device, "trial", (0..<count).flatMap { _ in candidate.timed }, buffers: memory.buffers)
    }

    mutating func run() throws(VulkanError) {
      shortest = min(shortest, try Self.run(recording) / Double(count))
    }

    private static func run(_ recording: Recording) throws(VulkanError) -> Double {
      let start = ContinuousClock.now
      try recording.submit()
      try recording.wait()
      return start.duration(to: .now) / .seconds(1)
    }
  }

  /// Samples of what a candidate computes. This first run may compile, and touch fresh memory.
  private func results(of candidate: Candidate, _ memory: TrialMemory) throws(VulkanError) -> [Float] {
    let recording = try Recording(
      device, "trial", memory.spoil + candidate.commands + memory.collect, buffers: memory.buffers)
    try recording.submit()
    try recording.wait()
    return memory.sample()
  }
}

extension KernelTrial.Candidate {
  fileprivate init(
    _ task: KernelTask, _ choice: KernelChoice, _ layout: TrialLayout, _ limits: KernelLimits
  ) throws(VulkanError) {
    var lowering = Lowering(
      limits, scratch: StepLayout.scratch, kept: StepLayout.kept,
      tables: TensorTables(in: StepLayout.constants, from: 0))
    lowering.choice = choice
    try lowering.lower(task.op, layout.operands, [layout.result])
    self.choice = choice
    commands = lowering.commands
    if choice.tile != nil {
      // What follows cannot be linked into these kernels, so that its way through memory counts with them.
      let type = layout.result.type
      try lowering.pointwise(
        Lowering.body(.unary(.tanh), [type], type), [layout.result], [layout.result])
    }
    timed = lowering.commands
    scratchByteCount = lowering.scratchByteCount
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
