import CVulkan

/// Writes commands into a command buffer.
struct Recorder {
  let device: LogicalDevice
  let commands: VkCommandBuffer
  private(set) var pool: VkDescriptorPool?
  private(set) var counts = Recording.Counts()
  private let buffers: [BufferID: Buffer]
  private var sets: [[Binding]: VkDescriptorSet] = [:]
  private var boundPipeline: VkPipeline?

  init(_ device: LogicalDevice, _ buffers: [BufferID: Buffer]) throws(VulkanError) {
    var info = VkCommandBufferAllocateInfo()
    info.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO
    info.commandPool = device.commandPool
    info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY
    info.commandBufferCount = 1
    var commands: VkCommandBuffer?
    try check(
      device.functions.allocateCommandBuffers(device.handle, &info, &commands), "vkAllocateCommandBuffers")
    guard let commands else { throw .callFailed(call: "vkAllocateCommandBuffers", result: 0) }
    self.device = device
    self.commands = commands
    self.buffers = buffers
  }

  /// Gives back what was made, after an error.
  func discard() {
    device.functions.destroyDescriptorPool(device.handle, pool, nil)
    var handle: VkCommandBuffer? = commands
    device.functions.freeCommandBuffers(device.handle, device.commandPool, 1, &handle)
  }

  /// Records the whole list, with a first barrier against whatever the queue ran before and a last one
  /// towards the host.
  mutating func record(_ list: [Command]) throws(VulkanError) {
    try makePool(list)
    var begin = VkCommandBufferBeginInfo()
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO
    try check(device.functions.beginCommandBuffer(commands, &begin), "vkBeginCommandBuffer")
    barrier(toHost: false)
    var hazards = Hazards()
    for command in list {
      if hazards.needsBarrier(command.accesses) { barrier(toHost: false) }
      switch command {
      case .dispatch(let dispatch): try record(dispatch)
      case .copy(let source, let target): try copy(source, target)
      case .zero(let range):
        device.functions.cmdFillBuffer(
          commands, try buffer(range).handle, UInt64(range.offset), UInt64(range.count), 0)
        counts.transfers += 1
      }
    }
    barrier(toHost: true)
    try check(device.functions.endCommandBuffer(commands), "vkEndCommandBuffer")
  }

  private mutating func record(_ dispatch: Dispatch) throws(VulkanError) {
    let functions = device.functions
    let pipeline = try device.pipeline(dispatch.kernel)
    if boundPipeline != pipeline.handle {
      functions.cmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle)
      boundPipeline = pipeline.handle
    }
    var set: VkDescriptorSet? = try descriptorSet(dispatch.bindings, pipeline.setLayout)
    functions.cmdBindDescriptorSets(
      commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout, 0, 1, &set, 0, nil)
    if !dispatch.push.isEmpty {
      dispatch.push.withUnsafeBytes { bytes in
        functions.cmdPushConstants(
          commands, pipeline.layout, VK_SHADER_STAGE_COMPUTE_BIT.rawValue, 0, UInt32(bytes.count),
          bytes.baseAddress)
      }
    }
    let (x, y) = try fold(dispatch.groups)
    functions.cmdDispatch(commands, x, y, 1)
    counts.dispatches += 1
  }

  /// A count of workgroups as a rectangle that holds at least as many.
  private func fold(_ groups: Int) throws(VulkanError) -> (x: UInt32, y: UInt32) {
    let (maxX, maxY, _) = device.physical.limits.maxComputeWorkGroupCount
    let width = min(groups, Int(maxX))
    let height = (groups + width - 1) / width
    guard height <= Int(maxY) else {
      throw .unsupported("a kernel of \(groups) workgroups")
    }
    return (UInt32(width), UInt32(height))
  }

  private mutating func copy(_ source: ByteRange, _ target: ByteRange) throws(VulkanError) {
    var region = VkBufferCopy(
      srcOffset: UInt64(source.offset), dstOffset: UInt64(target.offset), size: UInt64(source.count))
    device.functions.cmdCopyBuffer(
      commands, try buffer(source).handle, try buffer(target).handle, 1, &region)
    counts.transfers += 1
  }

  private mutating func barrier(toHost: Bool) {
    let stages =
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT.rawValue | VK_PIPELINE_STAGE_TRANSFER_BIT.rawValue
    let writes = VK_ACCESS_SHADER_WRITE_BIT.rawValue | VK_ACCESS_TRANSFER_WRITE_BIT.rawValue
    let reads = VK_ACCESS_SHADER_READ_BIT.rawValue | VK_ACCESS_TRANSFER_READ_BIT.rawValue
    var memory = VkMemoryBarrier()
    memory.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER
    memory.srcAccessMask = writes
    memory.dstAccessMask = toHost ? VK_ACCESS_HOST_READ_BIT.rawValue : reads | writes
    device.functions.cmdPipelineBarrier(
      commands, stages, toHost ? VK_PIPELINE_STAGE_HOST_BIT.rawValue : stages, 0, 1, &memory, 0, nil, 0, nil)
    counts.barriers += 1
  }

  private func buffer(_ range: ByteRange) throws(VulkanError) -> Buffer {
    guard let buffer = buffers[range.buffer] else {
      throw .mismatch("a command names buffer \(range.buffer.index), which the step does not have")
    }
    return buffer
  }

  private mutating func makePool(_ list: [Command]) throws(VulkanError) {
    var distinct: Set<[Binding]> = []
    for case .dispatch(let dispatch) in list { distinct.insert(dispatch.bindings) }
    guard !distinct.isEmpty else { return }
    var size = VkDescriptorPoolSize(
      type: VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
      descriptorCount: UInt32(distinct.reduce(0) { $0 + $1.count }))
    let result = withUnsafePointer(to: &size) { size in
      var info = VkDescriptorPoolCreateInfo()
      info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO
      info.maxSets = UInt32(distinct.count)
      info.poolSizeCount = 1
      info.pPoolSizes = size
      return device.functions.createDescriptorPool(device.handle, &info, nil, &pool)
    }
    try check(result, "vkCreateDescriptorPool")
  }

  private mutating func descriptorSet(
    _ bindings: [Binding], _ layout: VkDescriptorSetLayout
  ) throws(VulkanError) -> VkDescriptorSet {
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
}
