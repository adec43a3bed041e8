import CVulkan

/// A buffer with memory of its own.
final class Buffer {
  /// Where the memory lies and who reads it.
  enum Use {
    /// On the device; the host never sees it.
    case device
    /// Written by the host, copied from by the device.
    case upload
    /// On the device, written by the host.
    case written
    /// Copied to by the device, read by the host.
    case readback

    /// Flags of the memory, the best set first.
    var wishes: [UInt32] {
      let local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT.rawValue
      let visible =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT.rawValue | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT.rawValue
      let cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT.rawValue
      return switch self {
      case .device: [local, 0]
      case .upload: [visible]
      case .written: [local | visible]
      case .readback: [visible | cached, visible]
      }
    }
  }

  let handle: VkBuffer
  let size: UInt64
  /// The host's view of the memory; nil for `.device`.
  let mapped: UnsafeMutableRawPointer?
  private let memory: VkDeviceMemory
  private let heap: Int
  /// Bytes of the memory, which may be some more than the buffer's.
  private let allocated: UInt64
  private let device: LogicalDevice

  /// - Parameters:
  ///   - bytes: the size; at least 4 are allocated, since Vulkan has no empty buffers.
  ///   - name: for debuggers.
  ///   - isShared: whether the transfer queue writes it, too. Families then share it concurrently: that costs nothing on
  ///     buffers, and saves handing it from one to the other and back in every run.
  init(
    _ device: LogicalDevice, bytes: Int, use: Use, name: String, isShared: Bool = false
  ) throws(VulkanError) {
    let size = UInt64(max(4, (bytes + 3) / 4 * 4))
    let functions = device.functions
    var info = VkBufferCreateInfo()
    info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO
    info.size = size
    info.usage =
      VK_BUFFER_USAGE_TRANSFER_SRC_BIT.rawValue | VK_BUFFER_USAGE_TRANSFER_DST_BIT.rawValue
      | (use == .device || use == .written ? VK_BUFFER_USAGE_STORAGE_BUFFER_BIT.rawValue : 0)
    let families = isShared ? device.families : []
    info.sharingMode = families.count > 1 ? VK_SHARING_MODE_CONCURRENT : VK_SHARING_MODE_EXCLUSIVE
    var handle: VkBuffer?
    let result = families.withUnsafeBufferPointer { families in
      info.queueFamilyIndexCount = families.count > 1 ? UInt32(families.count) : 0
      info.pQueueFamilyIndices = families.baseAddress
      return functions.createBuffer(device.handle, &info, nil, &handle)
    }
    try check(result, "vkCreateBuffer", bytes: size, available: device.memory.free(heap: 0))
    guard let handle else { throw .callFailed(call: "vkCreateBuffer", result: 0) }
    do throws(VulkanError) {
      (memory, heap, allocated) = try Buffer.allocate(device, handle, use)
    } catch {
      functions.destroyBuffer(device.handle, handle, nil)
      throw error
    }
    var pointer: UnsafeMutableRawPointer?
    do throws(VulkanError) {
      try check(functions.bindBufferMemory(device.handle, handle, memory, 0), "vkBindBufferMemory")
      if use != .device {
        try check(functions.mapMemory(device.handle, memory, 0, size, 0, &pointer), "vkMapMemory")
      }
    } catch {
      functions.destroyBuffer(device.handle, handle, nil)
      functions.freeMemory(device.handle, memory, nil)
      throw error
    }
    device.labels?.nameBuffer(handle, name)
    self.handle = handle
    self.size = size
    self.device = device
    mapped = pointer
    device.memory.take(allocated, heap: heap)
  }

  deinit {
    if device.isAbandoned { return }
    device.functions.destroyBuffer(device.handle, handle, nil)
    device.functions.freeMemory(device.handle, memory, nil)
    device.memory.giveBack(allocated, heap: heap)
  }

  private static func allocate(
    _ device: LogicalDevice, _ buffer: VkBuffer, _ use: Use
  ) throws(VulkanError) -> (VkDeviceMemory, heap: Int, bytes: UInt64) {
    var requirements = VkMemoryRequirements()
    device.functions.getBufferMemoryRequirements(device.handle, buffer, &requirements)
    guard let type = memoryType(device.physical, requirements.memoryTypeBits, use) else {
      throw .unsuitableDevice(name: device.physical.name, reason: "no memory type serves \(use) buffers")
    }
    var info = VkMemoryAllocateInfo()
    info.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO
    info.allocationSize = requirements.size
    info.memoryTypeIndex = UInt32(type)
    var memory: VkDeviceMemory?
    let heap = Int(device.physical.memoryTypes[type].heapIndex)
    try check(
      device.functions.allocateMemory(device.handle, &info, nil, &memory), "vkAllocateMemory",
      bytes: requirements.size, available: device.memory.free(heap: heap))
    guard let memory else { throw .callFailed(call: "vkAllocateMemory", result: 0) }
    return (memory, heap, requirements.size)
  }

  /// The first memory type with the best set of flags that the use can be served with.
  static func memoryType(_ device: PhysicalDevice, _ allowed: UInt32, _ use: Use) -> Int? {
    let types = device.memoryTypes
    for wish in use.wishes {
      let found = types.indices.first {
        allowed >> UInt32($0) & 1 == 1 && types[$0].propertyFlags & wish == wish
      }
      if let found { return found }
    }
    return nil
  }
}
