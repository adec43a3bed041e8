import SfumatoBackend
import SfumatoGraph

/// Measures ways of computing a product or a convolution with the real kernels, and holds what they compute against the usual way.
///
/// Its parts are called for many tasks each before the next, so that the device is busy while it is timed (`KernelTuner`).
struct KernelTrial {
  /// Rounds in which every way that is left is timed; a way's shortest time counts.
  private static let rounds = 3
  /// What a timed run lasts at least, in seconds, so that handing it over does not count.
  private static let length = 0.002
  private static let most = 64

  /// A way of computing the task.
  struct Way {
    let choice: KernelChoice
    let commands: [Command]
    /// What is timed.
    let timed: [Command]
    /// Of both.
    let scratchByteCount: Int
  }

  /// What came out of a trial.
  struct Outcome {
    /// The fastest way that computes rightly; nil where there is none.
    var fastest: (choice: KernelChoice, seconds: Double)?
    /// Ways that are never to be taken, and why.
    var refused: [(choice: KernelChoice, reason: String)] = []
    /// Why nothing could be tried; nil where it could.
    var problem: String?
  }

  let task: KernelTask
  private let layout: TrialLayout
  /// Without those that come to the same commands as an earlier one, or that cannot be lowered.
  private(set) var ways: [Way] = []
  private(set) var outcome = Outcome()
  private let usual: Way
  private let device: LogicalDevice

  /// - Parameter choices: those that are likely fast should come first.
  /// - Throws: what is wrong with the usual way.
  init(
    _ task: KernelTask, _ choices: [KernelChoice], _ device: LogicalDevice, _ limits: KernelLimits
  ) throws(VulkanError) {
    self.task = task
    self.device = device
    layout = TrialLayout(task)
    usual = try Way(task, KernelChoice(), layout, limits)
    var known: Set<[Command]> = []
    for choice in choices {
      do throws(VulkanError) {
        let way = try choice == KernelChoice() ? usual : Way(task, choice, layout, limits)
        if known.insert(way.commands).inserted { ways.append(way) }
      } catch {
        try refuse(choice, error)
      }
    }
  }

  /// The kernels of all ways.
  var kernels: [Kernel] { ([usual] + ways).flatMap(\.timed.kernels) }

  /// Runs every way once. What fails by itself, or computes something else than the usual way, is refused.
  mutating func check() throws(VulkanError) {
    let memory = try memory()
    guard let check = ResultCheck(task, reference: try results(of: usual, memory)) else {
      outcome.problem = "the usual way yields results that are not finite on this device"
      ways = []
      return
    }
    var right: [Way] = []
    for way in ways {
      do throws(VulkanError) {
        if way.choice != KernelChoice(), let fault = check.fault(in: try results(of: way, memory)) {
          outcome.refused.append((way.choice, "computes \(task.key) wrongly on this device (\(fault))"))
        } else {
          right.append(way)
        }
      } catch {
        try refuse(way.choice, error)
      }
    }
    ways = right
  }

  private mutating func refuse(_ choice: KernelChoice, _ error: VulkanError) throws(VulkanError) {
    guard choice != KernelChoice(), !error.endsSession else { throw error }
    outcome.refused.append((choice, "does not compute \(task.key) on this device (\(error))"))
  }

  /// Finds the fastest of the ways. They take turns, so that what changes the device's speed meanwhile does so for all; what is clearly
  /// slower than another is given up early.
  mutating func time() throws(VulkanError) {
    guard !ways.isEmpty else { return }
    let memory = try memory()
    var contestants: [Contestant] = []
    for way in ways {
      do throws(VulkanError) {
        contestants.append(try Contestant(way, memory, device))
      } catch {
        try refuse(way.choice, error)
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

  /// Keeps the device at work with the first way until it is as fast as it gets.
  func warmUp(_ warmUp: WarmUp) throws(VulkanError) {
    guard let way = ways.first, warmUp.most > 0 else { return }
    var contestant = try Contestant(way, memory(), device)
    try warmUp.run { () throws(VulkanError) in try contestant.run() }
  }

  private func memory() throws(VulkanError) -> TrialMemory {
    try TrialMemory(layout, scratch: ([usual] + ways).map(\.scratchByteCount).max() ?? 0, device)
  }

  /// A way that is timed.
  private struct Contestant {
    let choice: KernelChoice
    /// Seconds of the shortest run so far.
    private(set) var shortest = Double.infinity
    private let recording: Recording
    /// How often the recording computes the task.
    private let count: Int

    init(_ way: Way, _ memory: TrialMemory, _ device: LogicalDevice) throws(VulkanError) {
      choice = way.choice
      let once = try Recording(device, "trial", way.timed, buffers: memory.buffers)
      shortest = try Self.run(once)
      count = max(1, min(KernelTrial.most, Int(KernelTrial.length / max(shortest, 1e-9))))
      recording =
        count == 1
        ? once
        : try Recording(
          device, "trial", (0..<count).flatMap { _ in way.timed }, buffers: memory.buffers)
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

  /// Samples of what a way computes. This first run may compile, and touch fresh memory.
  private func results(of way: Way, _ memory: TrialMemory) throws(VulkanError) -> [Float] {
    let recording = try Recording(
      device, "trial", memory.spoil + way.commands + memory.collect, buffers: memory.buffers)
    try recording.submit()
    try recording.wait()
    return memory.sample()
  }
}

extension KernelTrial.Way {
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
