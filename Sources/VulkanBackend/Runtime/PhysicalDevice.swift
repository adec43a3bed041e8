import CVulkan

/// A device as its driver describes it.
struct PhysicalDevice {
  let handle: VkPhysicalDevice
  let name: String
  let type: VkPhysicalDeviceType
  let apiVersion: UInt32
  let driver: String
  let limits: VkPhysicalDeviceLimits
  let memory: VkPhysicalDeviceMemoryProperties
  /// The largest allocation that the driver promises to allow, in bytes.
  let maxAllocation: UInt64
  /// Whether kernels may ask that NaN, ±inf and −0 are kept in f32.
  let preservesSpecialFloats: Bool
  /// Whether kernels may read and write 16-bit elements.
  let has16BitStorage: Bool
  /// The first queue family that computes, those without graphics first; nil where none does.
  let queueFamily: UInt32?

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
    var properties = VkPhysicalDeviceProperties2()
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2
    withUnsafeMutablePointer(to: &driverProperties) { driver in
      withUnsafeMutablePointer(to: &maintenance) { maintenance in
        withUnsafeMutablePointer(to: &floats) { floats in
          floats.pointee.pNext = UnsafeMutableRawPointer(driver)
          maintenance.pointee.pNext = UnsafeMutableRawPointer(floats)
          properties.pNext = UnsafeMutableRawPointer(maintenance)
          functions.getProperties2(handle, &properties)
        }
      }
    }
    name = text(properties.properties.deviceName)
    type = properties.properties.deviceType
    apiVersion = properties.properties.apiVersion
    limits = properties.properties.limits
    driver = (text(driverProperties.driverName) + " " + text(driverProperties.driverInfo))
    maxAllocation = maintenance.maxMemoryAllocationSize
    var memory = VkPhysicalDeviceMemoryProperties()
    functions.getMemoryProperties(handle, &memory)
    self.memory = memory
    preservesSpecialFloats = floats.shaderSignedZeroInfNanPreserveFloat32 == VK_TRUE
    has16BitStorage = PhysicalDevice.has16BitStorage(functions, handle)
    queueFamily = PhysicalDevice.computeFamily(functions, handle)
  }

  private static func has16BitStorage(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Bool {
    var storage = VkPhysicalDevice16BitStorageFeatures()
    storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES
    var features = VkPhysicalDeviceFeatures2()
    features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2
    withUnsafeMutablePointer(to: &storage) { storage in
      features.pNext = UnsafeMutableRawPointer(storage)
      functions.getFeatures2(handle, &features)
    }
    return storage.storageBuffer16BitAccess == VK_TRUE
  }

  private static func computeFamily(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> UInt32? {
    var count: UInt32 = 0
    functions.getQueueFamilyProperties(handle, &count, nil)
    var families = [VkQueueFamilyProperties](repeating: VkQueueFamilyProperties(), count: Int(count))
    functions.getQueueFamilyProperties(handle, &count, &families)
    let compute = families.indices.filter {
      families[$0].queueFlags & VK_QUEUE_COMPUTE_BIT.rawValue != 0
    }
    let dedicated = compute.first { families[$0].queueFlags & VK_QUEUE_GRAPHICS_BIT.rawValue == 0 }
    return (dedicated ?? compute.first).map { UInt32($0) }
  }

  private func elements<T, E>(_ tuple: T, count: Int) -> [E] {
    withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: E.self).prefix(count)) }
  }
}
