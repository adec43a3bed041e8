import CVulkan

/// A timeline semaphore: a number that queues count up, and wait for.
final class Timeline {
  /// A number that some submission signals.
  struct Point {
    var timeline: Timeline
    var value: UInt64
  }

  let handle: VkSemaphore
  private let device: LogicalDevice
  private var value: UInt64 = 0

  init(_ device: LogicalDevice) throws(VulkanError) {
    var type = VkSemaphoreTypeCreateInfo()
    type.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO
    type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE
    var handle: VkSemaphore?
    let result = withUnsafePointer(to: &type) { type in
      var info = VkSemaphoreCreateInfo()
      info.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO
      info.pNext = UnsafeRawPointer(type)
      return device.functions.createSemaphore(device.handle, &info, nil, &handle)
    }
    try check(result, "vkCreateSemaphore")
    guard let handle else { throw .callFailed(call: "vkCreateSemaphore", result: 0) }
    self.handle = handle
    self.device = device
  }

  deinit {
    if device.isAbandoned { return }
    device.functions.destroySemaphore(device.handle, handle, nil)
  }

  /// The next number, for one submission to signal. A number that nobody came to signal is passed by with the next one.
  func next() -> Point {
    value += 1
    return Point(timeline: self, value: value)
  }
}
