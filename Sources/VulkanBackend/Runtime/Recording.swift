import CVulkan

/// A command buffer that was recorded once, with what it binds, and is submitted again and again.
final class Recording {
  /// What was recorded, for reports.
  struct Counts: Equatable, Sendable {
    /// Kernel launches.
    var dispatches = 0
    /// Copies and fills.
    var transfers = 0
    /// Barriers between them.
    var barriers = 0
  }

  let counts: Counts
  private let device: LogicalDevice
  private let commands: VkCommandBuffer
  private let pool: VkDescriptorPool?
  private let fence: VkFence
  /// Kept alive as long as the commands may run.
  private let buffers: [BufferID: Buffer]
  private var pending = false
  /// How often the commands were submitted.
  private(set) var submissions = 0

  /// Records the commands in order, with barriers where bytes overlap.
  ///
  /// - Parameter buffers: what each `BufferID` in the commands stands for.
  init(_ device: LogicalDevice, _ list: [Command], buffers: [BufferID: Buffer]) throws(VulkanError) {
    var recorder = try Recorder(device, buffers)
    do throws(VulkanError) {
      try recorder.record(list)
      fence = try Recording.makeFence(device)
    } catch {
      recorder.discard()
      throw error
    }
    counts = recorder.counts
    commands = recorder.commands
    pool = recorder.pool
    self.device = device
    self.buffers = buffers
  }

  deinit {
    if device.isAbandoned { return }
    let functions = device.functions
    // After a wait that failed: a lost device answers at once, any other is done by then.
    if pending { _ = functions.deviceWaitIdle(device.handle) }
    var handle: VkCommandBuffer? = commands
    functions.freeCommandBuffers(device.handle, device.commandPool, 1, &handle)
    functions.destroyFence(device.handle, fence, nil)
    functions.destroyDescriptorPool(device.handle, pool, nil)
  }

  /// Submits the commands; waits for their last run first, if it is not known to be over.
  func submit() throws(VulkanError) {
    try wait()
    let result = withUnsafePointer(to: Optional(commands)) { commands in
      var info = VkSubmitInfo()
      info.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO
      info.commandBufferCount = 1
      info.pCommandBuffers = commands
      return device.functions.queueSubmit(device.queue, 1, &info, fence)
    }
    try check(result, "vkQueueSubmit")
    pending = true
    submissions += 1
  }

  /// Waits until the last submission is over.
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
    try check(device.functions.resetFences(device.handle, 1, &handle), "vkResetFences")
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
