import CVulkan

/// A device opened for compute: one queue, one command pool, and the pipelines made so far.
///
/// Not thread-safe: the queue and the pool are used by one thread at a time, as Vulkan asks.
final class LogicalDevice {
  let instance: Instance
  let physical: PhysicalDevice
  var functions: DeviceFunctions {
    didSet { pipelines?.functions = functions }
  }
  /// Names for debuggers; nil where nobody asked for them.
  var labels: DebugLabels? {
    didSet { pipelines?.labels = labels }
  }
  let handle: VkDevice
  /// Tests change what it is said to be able to.
  var queue: Queue
  private(set) var pipelines: PipelineStore?

  /// Whether the device did not end its work in time: what it may still use is then never given back.
  private(set) var isAbandoned = false

  /// Seconds until a wait for the device is given up.
  static let waitSeconds = 600

  init(_ instance: Instance, index: Int, cacheFolder: String? = nil) throws(VulkanError) {
    let devices = try instance.physicalDevices()
    guard devices.indices.contains(index) else {
      throw .noSuchDevice(index: index, count: devices.count)
    }
    let physical = devices[index]
    let family = try LogicalDevice.requireSuitable(physical)
    self.instance = instance
    self.physical = physical
    handle = try LogicalDevice.create(instance, physical, family)
    functions = try DeviceFunctions(instance.functions, handle)
    labels = instance.hasLabels ? DebugLabels(instance.functions, handle) : nil
    do throws(VulkanError) {
      queue = try Queue(functions, handle, physical, family: family)
    } catch {
      functions.destroyDevice(handle, nil)
      throw error
    }
    // From here on, deinit takes care of what an error leaves.
    pipelines = try PipelineStore(
      functions, handle, labels: labels, file: cacheFolder.map { PipelineCacheFile(folder: $0, physical) })
  }

  /// Gives the device up; the process keeps its memory until it ends.
  func abandon() {
    isAbandoned = true
    _ = Unmanaged.passRetained(self)
  }

  deinit {
    // A lost device still has to be torn down; there is nobody left to tell.
    _ = functions.deviceWaitIdle(handle)
    pipelines = nil
    functions.destroyCommandPool(handle, queue.commandPool, nil)
    functions.destroyDevice(handle, nil)
  }

  /// The pipeline of a kernel, made when it is first asked for.
  func pipeline(_ kernel: Kernel) throws(VulkanError) -> PipelineStore.Pipeline {
    guard let pipelines else { throw .missingFunction("vkCreatePipelineCache") }
    return try pipelines.pipeline(kernel)
  }

  /// Keeps the pipelines made so far for other processes.
  func keepPipelines() { pipelines?.keep() }

  /// Waits until the device has nothing left to do.
  func waitIdle() throws(VulkanError) {
    try check(functions.deviceWaitIdle(handle), "vkDeviceWaitIdle")
  }

  private static func create(
    _ instance: Instance, _ physical: PhysicalDevice, _ family: UInt32
  ) throws(VulkanError) -> VkDevice {
    var device: VkDevice?
    let extensions = DeviceExtensions(physical)
    let result = withUnsafePointer(to: Float(1)) { priority in
      var queueInfo = VkDeviceQueueCreateInfo()
      queueInfo.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO
      queueInfo.queueFamilyIndex = family
      queueInfo.queueCount = 1
      queueInfo.pQueuePriorities = priority
      return withUnsafePointer(to: &queueInfo) { queueInfo in
        var info = VkDeviceCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO
        info.queueCreateInfoCount = 1
        info.pQueueCreateInfos = queueInfo
        return extensions.enabled(in: &info) {
          instance.functions.createDevice(physical.handle, &$0, nil, &device)
        }
      }
    }
    try check(result, "vkCreateDevice")
    guard let device else { throw .noDriver }
    return device
  }

  /// The compute queue family of a device on which every kernel can run.
  private static func requireSuitable(_ device: PhysicalDevice) throws(VulkanError) -> UInt32 {
    func refuse(_ reason: String) -> VulkanError { .unsuitableDevice(name: device.name, reason: reason) }
    guard let family = device.queueFamily else { throw refuse("it has no compute queue") }
    guard device.apiVersion >= (1 << 22) | (2 << 12) else {
      throw refuse("it offers Vulkan \(device.apiVersionText), 1.2 is needed")
    }
    let buffers = device.limits.maxPerStageDescriptorStorageBuffers
    guard buffers >= 16 else { throw refuse("a kernel may use \(buffers) buffers, 16 are needed") }
    return family
  }
}
