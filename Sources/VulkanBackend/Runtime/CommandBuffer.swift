import CVulkan

/// A primary command buffer, given back when nobody needs it any more.
final class CommandBuffer {
  let handle: VkCommandBuffer
  private let device: LogicalDevice
  private let queue: Queue

  init(_ device: LogicalDevice, _ queue: Queue) throws(VulkanError) {
    var info = VkCommandBufferAllocateInfo()
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO
    info.commandPool = queue.commandPool
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY
    info.commandBufferCount = 1
    var handle: VkCommandBuffer?
    try check(
      device.functions.allocateCommandBuffers(device.handle, &info, &handle), "vkAllocateCommandBuffers")
    guard let handle else { throw .callFailed(call: "vkAllocateCommandBuffers", result: 0) }
    self.handle = handle
    self.device = device
    self.queue = queue
  }

  deinit {
    if device.isAbandoned { return }
    var handle: VkCommandBuffer? = handle
    device.functions.freeCommandBuffers(device.handle, queue.commandPool, 1, &handle)
  }
}
