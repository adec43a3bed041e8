import CVulkan

/// A queue of a device, with the pool that its command buffers come from.
struct Queue {
  let handle: VkQueue
  let family: UInt32
  let commandPool: VkCommandPool
  /// Bits of a timestamp that count; 0 where the queue writes none.
  var timestampBits: Int

  /// The first queue of a family, which the device must have been opened with.
  init(
    _ functions: DeviceFunctions, _ device: VkDevice, _ physical: PhysicalDevice, family: UInt32
  ) throws(VulkanError) {
    var queue: VkQueue?
    functions.getDeviceQueue(device, family, 0, &queue)
    var info = VkCommandPoolCreateInfo()
    info.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO
    info.queueFamilyIndex = family
    var pool: VkCommandPool?
    try check(functions.createCommandPool(device, &info, nil, &pool), "vkCreateCommandPool")
    guard let queue, let pool else { throw .missingFunction("a queue of family \(family)") }
    handle = queue
    self.family = family
    commandPool = pool
    timestampBits = Int(physical.queueFamilies[Int(family)].timestampValidBits)
  }
}
