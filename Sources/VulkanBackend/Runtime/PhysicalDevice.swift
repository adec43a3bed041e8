import CVulkan
import Foundation

/// A device as its driver describes it.
struct PhysicalDevice {
  let handle: VkPhysicalDevice
  let name: String
  let type: VkPhysicalDeviceType
  let apiVersion: UInt32
  let driver: String
  /// How many numbers its invocations can keep in registers.
  let registers: RegisterBudget
  /// What tells the form of compiled pipelines: another driver or device has another one.
  let pipelineIdentity: String
  let limits: VkPhysicalDeviceLimits
  let memory: VkPhysicalDeviceMemoryProperties
  /// The largest allocation that the driver promises to allow, and the largest buffer, whichever is less, in bytes.
  let maxAllocation: UInt64
  /// Whether the driver says what all processes leave of its memory.
  let hasMemoryBudget: Bool
  /// Whether kernels may ask that NaN, ±inf and −0 are kept in f32.
  let preservesSpecialFloats: Bool
  /// Whether kernels may read and write 16-bit elements.
  let has16BitStorage: Bool
  /// Invocations of a subgroup.
  let subgroupSize: Int
  /// Whether compute kernels may exchange values within a subgroup.
  let canShuffle: Bool
  /// What its matrix units multiply, as far as kernels use it.
  let matrices: CooperativeMatrices
  /// Those of whole workgroups.
  let workgroupMatrices: WorkgroupMatrices
  /// Whether a pipeline may ask for full subgroups of this device's size.
  let controlsSubgroupSize: Bool
  /// Whether its driver says what the compiler made of kernels.
  let reportsKernels: Bool
  /// The kinds of queues that it has.
  let queueFamilies: [VkQueueFamilyProperties]

  /// The first queue family that computes, those without graphics first; nil where none does.
  var queueFamily: UInt32? {
    let compute = queueFamilies.indices.filter {
      queueFamilies[$0].queueFlags & VK_QUEUE_COMPUTE_BIT.rawValue != 0
    }
    let dedicated = compute.first { queueFamilies[$0].queueFlags & VK_QUEUE_GRAPHICS_BIT.rawValue == 0 }
    return (dedicated ?? compute.first).map { UInt32($0) }
  }

  /// The first queue family that only copies; nil where none does.
  var transferFamily: UInt32? {
    // VK_QUEUE_VIDEO_DECODE, VK_QUEUE_VIDEO_ENCODE, VK_QUEUE_OPTICAL_FLOW: these copy beside their proper work.
    let others =
      VK_QUEUE_GRAPHICS_BIT.rawValue | VK_QUEUE_COMPUTE_BIT.rawValue | 0x20 | 0x40 | 0x100
    return queueFamilies.indices.first {
      let flags = queueFamilies[$0].queueFlags
      return flags & VK_QUEUE_TRANSFER_BIT.rawValue != 0 && flags & others == 0
    }.map { UInt32($0) }
  }

  /// Whether the host sees all of the device's own memory: integrated GPUs, and others with a resizable BAR.
  var showsAllMemory: Bool {
    let own = heaps.indices.filter { heaps[$0].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0 }
    guard let largest = own.max(by: { heaps[$0].size < heaps[$1].size }) else { return false }
    let flags = Buffer.Use.written.wishes[0]
    return memoryTypes.contains { Int($0.heapIndex) == largest && $0.propertyFlags & flags == flags }
  }

  /// Whether the device is the CPU itself (lavapipe and its like).
  var isSoftware: Bool { type == VK_PHYSICAL_DEVICE_TYPE_CPU }

  /// The sizes of the device's own memory heaps together, in bytes.
  var memoryBytes: UInt64 {
    heaps.filter { $0.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT.rawValue != 0 }.reduce(0) { $0 + $1.size }
  }

  /// "1.3.230".
  var apiVersionText: String {
    "\(apiVersion >> 22 & 0x7f).\(apiVersion >> 12 & 0x3ff).\(apiVersion & 0xfff)"
  }

  /// "discrete GPU", "integrated GPU", "virtual GPU", "software", "other".
  var typeText: String {
    switch type {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: "discrete GPU"
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: "integrated GPU"
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: "virtual GPU"
    case VK_PHYSICAL_DEVICE_TYPE_CPU: "software"
    default: "other"
    }
  }

  var heaps: [VkMemoryHeap] { elements(memory.memoryHeaps, count: Int(memory.memoryHeapCount)) }
  var memoryTypes: [VkMemoryType] { elements(memory.memoryTypes, count: Int(memory.memoryTypeCount)) }

  init(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) {
    self.handle = handle
    var driverProperties = VkPhysicalDeviceDriverProperties()
    driverProperties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES
    var maintenance = VkPhysicalDeviceMaintenance3Properties()
    maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES
    var floats = VkPhysicalDeviceFloatControlsProperties()
    floats.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES
    var subgroups = VkPhysicalDeviceSubgroupProperties()
    subgroups.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES
    var properties = VkPhysicalDeviceProperties2()
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2
    withUnsafeMutablePointer(to: &driverProperties) { driver in
      withUnsafeMutablePointer(to: &maintenance) { maintenance in
        withUnsafeMutablePointer(to: &floats) { floats in
          withUnsafeMutablePointer(to: &subgroups) { subgroups in
            subgroups.pointee.pNext = UnsafeMutableRawPointer(driver)
            floats.pointee.pNext = UnsafeMutableRawPointer(subgroups)
            maintenance.pointee.pNext = UnsafeMutableRawPointer(floats)
            properties.pNext = UnsafeMutableRawPointer(maintenance)
            functions.getProperties2(handle, &properties)
          }
        }
      }
    }
    name = text(properties.properties.deviceName)
    type = properties.properties.deviceType
    apiVersion = properties.properties.apiVersion
    limits = properties.properties.limits
    driver = (text(driverProperties.driverName) + " " + text(driverProperties.driverInfo))
    registers = RegisterBudget(driver: driverProperties.driverID.rawValue)
    let base = properties.properties
    let identity = withUnsafeBytes(of: base.pipelineCacheUUID) { Array($0) }
    pipelineIdentity =
      ([base.vendorID, base.deviceID, base.driverVersion].map { String($0, radix: 16) }
      + [identity.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()])
      .joined(separator: "-")
    let extensions = PhysicalDevice.extensions(functions, handle)
    hasMemoryBudget = extensions.contains("VK_EXT_memory_budget")
    maxAllocation = min(
      maintenance.maxMemoryAllocationSize,
      extensions.contains("VK_KHR_maintenance4") ? PhysicalDevice.maxBuffer(functions, handle) : .max)
    var memory = VkPhysicalDeviceMemoryProperties()
    functions.getMemoryProperties(handle, &memory)
    self.memory = memory
    preservesSpecialFloats = floats.shaderSignedZeroInfNanPreserveFloat32 == VK_TRUE
    subgroupSize = Int(subgroups.subgroupSize)
    canShuffle =
      subgroups.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT.rawValue != 0
      && subgroups.supportedOperations & VK_SUBGROUP_FEATURE_SHUFFLE_BIT.rawValue != 0
    has16BitStorage = PhysicalDevice.has16BitStorage(functions, handle)
    matrices = CooperativeMatrices(functions, handle, extensions: extensions)
    workgroupMatrices = WorkgroupMatrices(
      functions, handle, extensions: extensions, apiVersion: apiVersion, limits: limits,
      matrices: has16BitStorage ? matrices : CooperativeMatrices())
    controlsSubgroupSize =
      extensions.contains(PhysicalDevice.sizeControlName)
      && PhysicalDevice.controlsSubgroupSize(functions, handle)
    reportsKernels =
      extensions.contains(PipelineStore.reportsName) && PhysicalDevice.reportsKernels(functions, handle)
    queueFamilies = PhysicalDevice.queueFamilies(functions, handle)
  }

  private static func maxBuffer(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> UInt64 {
    var maintenance = VkPhysicalDeviceMaintenance4Properties()
    maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES
    functions.getProperties(&maintenance, of: handle)
    return maintenance.maxBufferSize
  }

  private static func has16BitStorage(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Bool {
    var storage = VkPhysicalDevice16BitStorageFeatures()
    storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES
    functions.getFeatures(&storage, of: handle)
    return storage.storageBuffer16BitAccess == VK_TRUE
  }

  private static func reportsKernels(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Bool {
    var reports = VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR()
    reports.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR
    functions.getFeatures(&reports, of: handle)
    return reports.pipelineExecutableInfo == VK_TRUE
  }

  static let sizeControlName = "VK_EXT_subgroup_size_control"

  private static func controlsSubgroupSize(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Bool
  {
    var control = VkPhysicalDeviceSubgroupSizeControlFeatures()
    control.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES
    functions.getFeatures(&control, of: handle)
    var properties = VkPhysicalDeviceSubgroupSizeControlProperties()
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES
    functions.getProperties(&properties, of: handle)
    return control.subgroupSizeControl == VK_TRUE && control.computeFullSubgroups == VK_TRUE
      && properties.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT.rawValue != 0
  }

  private static func extensions(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Set<String> {
    var count: UInt32 = 0
    guard functions.enumerateExtensions(handle, nil, &count, nil) == VK_SUCCESS else { return [] }
    var all = [VkExtensionProperties](repeating: VkExtensionProperties(), count: Int(count))
    guard functions.enumerateExtensions(handle, nil, &count, &all) == VK_SUCCESS else { return [] }
    return Set(all.map { text($0.extensionName) }).subtracting(leftOut)
  }

  /// Extensions that are treated as missing, to tell a driver's fault in one from our own: `SFUMATO_VULKAN_WITHOUT`, names with
  /// spaces between.
  static let leftOut = Set(
    (ProcessInfo.processInfo.environment["SFUMATO_VULKAN_WITHOUT"] ?? "").split(separator: " ").map(
      String.init))

  private static func queueFamilies(
    _ functions: InstanceFunctions, _ handle: VkPhysicalDevice
  ) -> [VkQueueFamilyProperties] {
    var count: UInt32 = 0
    functions.getQueueFamilyProperties(handle, &count, nil)
    var families = [VkQueueFamilyProperties](repeating: VkQueueFamilyProperties(), count: Int(count))
    functions.getQueueFamilyProperties(handle, &count, &families)
    return Array(families.prefix(Int(count)))
  }

  private func elements<T, E>(_ tuple: T, count: Int) -> [E] {
    withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: E.self).prefix(count)) }
  }
}
