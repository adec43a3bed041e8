import CVulkan
import SfumatoBackend

/// Writes groups of commands into one command buffer.
struct Recorder {
  /// Where times are written: one before the first group, and one after each group or after the last only.
  struct Stamps {
    var pool: VkQueryPool
    /// The number of the first.
    var first: Int
    var eachGroup: Bool

    /// How many times are written for so many groups.
    static func count(groups: Int, eachGroup: Bool) -> Int { eachGroup ? groups + 1 : 2 }
  }

  private(set) var counts = Recording.Counts()
  private let device: LogicalDevice
  private let commands: VkCommandBuffer
  private let sets: DescriptorSets
  private var boundPipeline: VkPipeline?

  init(_ device: LogicalDevice, _ buffer: CommandBuffer, _ sets: DescriptorSets) {
    self.device = device
    self.sets = sets
    commands = buffer.handle
  }

  /// Records the groups, with a first barrier against whatever the queue ran before, barriers where bytes overlap, and a last one
  /// towards the host. What does not wait for each other runs side by side, whatever groups it is of (`CommandLevels`).
  ///
  /// With a stamp after each group they run in order and one after the other, so that each time is its group's own.
  mutating func record(_ groups: [CommandGroup], _ stamps: Stamps?) throws(VulkanError) {
    var begin = VkCommandBufferBeginInfo()
    begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO
    try check(device.functions.beginCommandBuffer(commands, &begin), "vkBeginCommandBuffer")
    if let stamps { reset(stamps, groups: groups.count) }
    barrier(toHost: false)
    stamp(stamps, 0)
    if let stamps, stamps.eachGroup {
      try recordInTurn(groups, stamps)
    } else {
      try recordInLevels(groups)
      stamp(stamps, 1)
    }
    barrier(toHost: true)
    try check(device.functions.endCommandBuffer(commands), "vkEndCommandBuffer")
  }

  private mutating func recordInLevels(_ groups: [CommandGroup]) throws(VulkanError) {
    for (number, level) in CommandLevels.levels(groups).enumerated() {
      if number > 0 { barrier(toHost: false) }
      for (name, command) in level {
        device.labels?.begin(commands, name)
        try record(command)
        device.labels?.end(commands)
      }
    }
  }

  private mutating func recordInTurn(_ groups: [CommandGroup], _ stamps: Stamps) throws(VulkanError) {
    for (number, group) in groups.enumerated() {
      try recordInLevels([group])
      stamp(stamps, number + 1)
      barrier(toHost: false)
    }
  }

  private mutating func record(_ command: Command) throws(VulkanError) {
    counts.traffic += command.traffic
    switch command {
    case .dispatch(let dispatch): try record(dispatch)
    case .copy(let source, let target): try copy(source, target)
    case .zero(let range):
      device.functions.cmdFillBuffer(
        commands, try sets.buffer(range).handle, UInt64(range.offset), UInt64(range.count), 0)
      counts.transfers += 1
    }
  }

  private mutating func record(_ dispatch: Dispatch) throws(VulkanError) {
    let functions = device.functions
    let pipeline = try device.pipeline(dispatch.kernel)
    if boundPipeline != pipeline.handle {
      functions.cmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle)
      boundPipeline = pipeline.handle
    }
    var set: VkDescriptorSet? = try sets.set(dispatch.bindings, pipeline.setLayout)
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
      commands, try sets.buffer(source).handle, try sets.buffer(target).handle, 1, &region)
    counts.transfers += 1
  }

  private func reset(_ stamps: Stamps, groups: Int) {
    device.functions.cmdResetQueryPool(
      commands, stamps.pool, UInt32(stamps.first),
      UInt32(Stamps.count(groups: groups, eachGroup: stamps.eachGroup)))
  }

  /// The time at which all commands before are over, those of earlier submissions included.
  private func stamp(_ stamps: Stamps?, _ number: Int) {
    guard let stamps else { return }
    device.functions.cmdWriteTimestamp(
      commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, stamps.pool, UInt32(stamps.first + number))
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
}
