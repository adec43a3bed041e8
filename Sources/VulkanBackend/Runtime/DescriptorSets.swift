import CVulkan

/// What the kernels of some commands bind: a descriptor set for each distinct list of windows, from one pool.
final class DescriptorSets {
  private let device: LogicalDevice
  private let buffers: [BufferID: Buffer]
  private let pool: VkDescriptorPool?
  private var sets: [[Binding]: VkDescriptorSet] = [:]

  /// - Parameter buffers: what each `BufferID` in the commands stands for.
  init(
    _ device: LogicalDevice, for commands: some Sequence<Command>, buffers: [BufferID: Buffer]
  ) throws(VulkanError) {
    self.device = device
    self.buffers = buffers
    var distinct: Set<[Binding]> = []
    for case .dispatch(let dispatch) in commands { distinct.insert(dispatch.bindings) }
    pool = distinct.isEmpty ? nil : try DescriptorSets.makePool(device, distinct)
  }

  deinit {
    if device.isAbandoned { return }
    device.functions.destroyDescriptorPool(device.handle, pool, nil)
  }

  private static func makePool(
    _ device: LogicalDevice, _ lists: Set<[Binding]>
  ) throws(VulkanError) -> VkDescriptorPool? {
    var pool: VkDescriptorPool?
    var size = VkDescriptorPoolSize(
      type: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
      descriptorCount: UInt32(lists.reduce(0) { $0 + $1.count }))
    let result = withUnsafePointer(to: &size) { size in
      var info = VkDescriptorPoolCreateInfo()
      info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO
      info.maxSets = UInt32(lists.count)
      info.poolSizeCount = 1
      info.pPoolSizes = size
      return device.functions.createDescriptorPool(device.handle, &info, nil, &pool)
    }
    try check(result, "vkCreateDescriptorPool")
    return pool
  }

  /// The set of one of the commands, made when it is first asked for.
  func set(_ bindings: [Binding], _ layout: VkDescriptorSetLayout) throws(VulkanError) -> VkDescriptorSet {
    if let known = sets[bindings] { return known }
    var set: VkDescriptorSet?
    let result = withUnsafePointer(to: Optional(layout)) { layout in
      var info = VkDescriptorSetAllocateInfo()
      info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO
      info.descriptorPool = pool
      info.descriptorSetCount = 1
      info.pSetLayouts = layout
      return device.functions.allocateDescriptorSets(device.handle, &info, &set)
    }
    try check(result, "vkAllocateDescriptorSets")
    guard let set else { throw .callFailed(call: "vkAllocateDescriptorSets", result: 0) }
    var windows: [VkDescriptorBufferInfo] = []
    for binding in bindings {
      windows.append(
        VkDescriptorBufferInfo(
          buffer: try buffer(binding.range).handle, offset: UInt64(binding.range.offset),
          range: UInt64(binding.range.count)))
    }
    windows.withUnsafeBufferPointer { windows in
      var write = VkWriteDescriptorSet()
      write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET
      write.dstSet = set
      write.descriptorCount = UInt32(windows.count)
      write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
      write.pBufferInfo = windows.baseAddress
      device.functions.updateDescriptorSets(device.handle, 1, &write, 0, nil)
    }
    sets[bindings] = set
    return set
  }

  /// The buffer that a range lies in.
  func buffer(_ range: ByteRange) throws(VulkanError) -> Buffer {
    guard let buffer = buffers[range.buffer] else {
      throw .mismatch("a command names buffer \(range.buffer.index), which the step does not have")
    }
    return buffer
  }
}
