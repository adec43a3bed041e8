import CVulkan
import SfumatoBackend

/// Command buffers that were recorded once, with what they bind, and are submitted again and again, one behind the other.
final class Recording {
  /// What was recorded, for reports.
  struct Counts: Equatable, Sendable {
    /// Kernel launches.
    var dispatches = 0
    /// Copies and fills.
    var transfers = 0
    /// Barriers between them.
    var barriers = 0
    var traffic = MemoryTraffic()
  }

  /// Which times are taken while the commands run.
  enum Timing {
    case none
    /// Of each submission.
    case submissions
    /// Of each group of commands, which then runs by itself.
    case groups
  }

  let counts: Counts
  private let device: LogicalDevice
  private let queue: Queue
  private let commandBuffers: [CommandBuffer]
  /// Kept alive as long as the commands may run.
  private let sets: DescriptorSets
  private let fence: VkFence
  private let timestamps: Timestamps?
  /// How many times each submission takes.
  private let stampCounts: [Int]
  private var pending = false
  /// When the last run was handed to the queue, and when it was known to be over.
  private var submitted = ContinuousClock.now
  private var ended = ContinuousClock.now
  /// How many command buffers a run submits.
  var commandBufferCount: Int { commandBuffers.count }
  /// How often something was handed to the queue.
  private(set) var submissions = 0

  /// Records lists of groups in order, a command buffer and a submission each, with barriers where bytes overlap.
  ///
  /// - Parameters:
  ///   - buffers: what each `BufferID` in the commands stands for.
  ///   - timing: other than `.none` only where the queue has timestamps.
  ///   - queue: the compute queue where nil.
  init(
    _ device: LogicalDevice, _ lists: [[CommandGroup]], buffers: [BufferID: Buffer], timing: Timing = .none,
    queue: Queue? = nil
  ) throws(VulkanError) {
    let queue = queue ?? device.queue
    sets = try DescriptorSets(
      device, for: lists.joined().lazy.flatMap(\.commands), buffers: buffers)
    stampCounts = lists.map {
      timing == .none ? 0 : Recorder.Stamps.count(groups: $0.count, eachGroup: timing == .groups)
    }
    let stampCount = stampCounts.reduce(0, +)
    timestamps = stampCount > 0 ? try Timestamps(device, queue, count: stampCount) : nil
    var made: [CommandBuffer] = []
    var counts = Counts()
    var firstStamp = 0
    for (list, stamps) in zip(lists, stampCounts) {
      let buffer = try CommandBuffer(device, queue)
      var recorder = Recorder(device, buffer, sets)
      try recorder.record(
        list,
        timestamps.map {
          Recorder.Stamps(pool: $0.pool, first: firstStamp, eachGroup: timing == .groups)
        })
      counts.add(recorder.counts)
      firstStamp += stamps
      made.append(buffer)
    }
    commandBuffers = made
    self.counts = counts
    fence = try Recording.makeFence(device)
    self.device = device
    self.queue = queue
  }

  /// Records commands as one group and one submission.
  convenience init(
    _ device: LogicalDevice, _ name: String, _ commands: [Command], buffers: [BufferID: Buffer]
  ) throws(VulkanError) {
    try self.init(device, [[CommandGroup(name: name, commands: commands)]], buffers: buffers)
  }

  deinit {
    if device.isAbandoned { return }
    // After a wait that failed: a lost device answers at once, any other is done by then.
    if pending { _ = device.functions.deviceWaitIdle(device.handle) }
    device.functions.destroyFence(device.handle, fence, nil)
  }

  /// Submits the commands; waits for their last run first, if it is not known to be over.
  ///
  /// - Parameters:
  ///   - point: what the first of them wait for.
  ///   - signal: what they signal when they are over.
  func submit(after point: Timeline.Point? = nil, signal: Timeline.Point? = nil) throws(VulkanError) {
    try wait()
    submitted = .now
    for (index, buffer) in commandBuffers.enumerated() {
      // The fence stands behind everything that was submitted before it.
      let isLast = index == commandBuffers.count - 1
      do throws(VulkanError) {
        try queue.submit(
          buffer, device.functions, after: index == 0 ? point : nil, signal: isLast ? signal : nil,
          fence: isLast ? fence : nil)
      } catch {
        // What was submitted before has no fence.
        if index > 0 { _ = device.functions.deviceWaitIdle(device.handle) }
        throw error
      }
      submissions += 1
    }
    pending = true
  }

  /// Waits until the last run is over.
  func wait() throws(VulkanError) {
    guard pending else { return }
    let nanoseconds = UInt64(LogicalDevice.waitSeconds) * 1_000_000_000
    var handle: VkFence? = fence
    let result = device.functions.waitForFences(
      device.handle, 1, &handle, VkBool32(VK_TRUE), nanoseconds)
    guard result != VK_TIMEOUT else {
      device.abandon()
      throw .timeout(call: "vkWaitForFences", seconds: LogicalDevice.waitSeconds)
    }
    try check(result, "vkWaitForFences")
    pending = false
    ended = .now
    try check(device.functions.resetFences(device.handle, 1, &handle), "vkResetFences")
  }

  /// The times that the last run took, a list a submission, in seconds since the run began: when the submission, or each group
  /// of it, began, and when the last one ended. Empty lists without timing; nil where the queue's times are of no use, which
  /// it is then known for.
  func times() throws(VulkanError) -> [[Double]]? {
    try wait()
    var rest: ArraySlice<Double> = []
    if let timestamps {
      guard let seconds = try timestamps.seconds(within: submitted.duration(to: ended) / .seconds(1)) else {
        device.queue.timestampBits = 0
        return nil
      }
      rest = seconds[...]
    }
    return stampCounts.map { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  private static func makeFence(_ device: LogicalDevice) throws(VulkanError) -> VkFence {
    var info = VkFenceCreateInfo()
    info.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO
    var fence: VkFence?
    try check(device.functions.createFence(device.handle, &info, nil, &fence), "vkCreateFence")
    guard let fence else { throw .callFailed(call: "vkCreateFence", result: 0) }
    return fence
  }
}

extension Recording.Counts {
  fileprivate mutating func add(_ other: Recording.Counts) {
    dispatches += other.dispatches
    transfers += other.transfers
    barriers += other.barriers
    traffic += other.traffic
  }
}
