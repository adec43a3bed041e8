import CVulkan
import Foundation
import SfumatoBackend

/// A device opened for compute: its queues and the pipelines made so far.
///
/// Not thread-safe: the queue and the pool are used by one thread at a time, as Vulkan asks.
final class LogicalDevice {
  let instance: Instance
  let physical: PhysicalDevice
  let memory: DeviceMemory
  var functions: DeviceFunctions {
    didSet { pipelines?.functions = functions }
  }
  /// Names for debuggers; nil where nobody asked for them.
  var labels: DebugLabels? {
    didSet { pipelines?.labels = labels }
  }
  let handle: VkDevice
  /// What it is said to be able to changes where it turns out to be wrong; tests change it, too.
  var queue: Queue
  /// The queue that copies inputs beside the compute queue; nil where there is none.
  let transferQueue: Queue?
  private(set) var pipelines: PipelineStore?
  /// Threads that compile pipelines. Software devices compile when a kernel first runs, so that there one will do.
  var compilers: Int

  /// Whether the device did not end its work in time: what it may still use is then never given back.
  private(set) var isAbandoned = false

  /// Seconds until a wait for the device is given up.
  static let waitSeconds = 600

  /// Which queue copies inputs.
  enum TransferQueue {
    /// One of a family that only copies, where there is one.
    case dedicated
    /// The compute queue in its role, with all semaphores: for tests on devices that have no other.
    case compute
  }

  init(
    _ instance: Instance, index: Int, transfer: TransferQueue = .dedicated, isReporting: Bool = false,
    cacheFolder: String? = nil
  ) throws(VulkanError) {
    let devices = try instance.physicalDevices()
    guard devices.indices.contains(index) else {
      throw .noSuchDevice(index: index, count: devices.count)
    }
    let physical = devices[index]
    let family = try LogicalDevice.requireSuitable(physical)
    self.instance = instance
    self.physical = physical
    memory = DeviceMemory(instance.functions, physical)
    compilers = physical.isSoftware ? 1 : ProcessInfo.processInfo.activeProcessorCount
    let transferFamily = transfer == .dedicated ? physical.transferFamily : nil
    let extensions = DeviceExtensions(physical, isReporting: isReporting)
    handle = try LogicalDevice.create(
      instance, physical, [family] + (transferFamily.map { [$0] } ?? []), extensions)
    functions = try DeviceFunctions(instance.functions, handle)
    labels = instance.hasLabels ? DebugLabels(instance.functions, handle) : nil
    do throws(VulkanError) {
      queue = try Queue(functions, handle, physical, family: family)
    } catch {
      functions.destroyDevice(handle, nil)
      throw error
    }
    do throws(VulkanError) {
      transferQueue =
        if let transferFamily {
          try Queue(functions, handle, physical, family: transferFamily)
        } else {
          transfer == .compute ? queue : nil
        }
    } catch {
      functions.destroyCommandPool(handle, queue.commandPool, nil)
      functions.destroyDevice(handle, nil)
      throw error
    }
    // From here on, deinit takes care of what an error leaves.
    pipelines = try PipelineStore(
      functions, handle, labels: labels, isReporting: extensions.isReporting,
      file: cacheFolder.map { PipelineCacheFile(folder: $0, physical) })
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
    if let transferQueue, transferQueue.commandPool != queue.commandPool {
      functions.destroyCommandPool(handle, transferQueue.commandPool, nil)
    }
    functions.destroyDevice(handle, nil)
  }

  /// The families of its queues, each once.
  var families: [UInt32] {
    guard let transferQueue, transferQueue.family != queue.family else { return [queue.family] }
    return [queue.family, transferQueue.family]
  }

  /// The pipeline of a kernel, made when it is first asked for.
  func pipeline(_ kernel: Kernel) throws(VulkanError) -> PipelineStore.Pipeline {
    guard let pipelines else { throw .missingFunction("vkCreatePipelineCache") }
    return try pipelines.pipeline(kernel)
  }

  /// Makes the pipelines of kernels, several at once where `compilers` is above 1.
  func preparePipelines(_ kernels: [Kernel]) throws(VulkanError) {
    try pipelines?.prepare(kernels, threads: compilers)
  }

  /// What the device's compiler says of a kernel; nil where it does not tell.
  func report(_ kernel: Kernel) throws(VulkanError) -> KernelReport? { try pipelines?.report(kernel) }

  /// Keeps the pipelines made so far for other processes.
  func keepPipelines() { pipelines?.keep() }

  /// Waits until the device has nothing left to do.
  func waitIdle() throws(VulkanError) {
    try check(functions.deviceWaitIdle(handle), "vkDeviceWaitIdle")
  }

  private static func create(
    _ instance: Instance, _ physical: PhysicalDevice, _ families: [UInt32], _ extensions: DeviceExtensions
  ) throws(VulkanError) -> VkDevice {
    var device: VkDevice?
    let result = withUnsafePointer(to: Float(1)) { priority in
      let queues = families.map { family in
        var queue = VkDeviceQueueCreateInfo()
        queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO
        queue.queueFamilyIndex = family
        queue.queueCount = 1
        queue.pQueuePriorities = priority
        return queue
      }
      return queues.withUnsafeBufferPointer { queues in
        var info = VkDeviceCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO
        info.queueCreateInfoCount = UInt32(queues.count)
        info.pQueueCreateInfos = queues.baseAddress
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
