import CVulkan

/// The functions of an instance that this module calls.
struct InstanceFunctions {
  let destroyInstance: PFN_vkDestroyInstance
  let enumeratePhysicalDevices: PFN_vkEnumeratePhysicalDevices
  let getProperties2: PFN_vkGetPhysicalDeviceProperties2
  let getFeatures2: PFN_vkGetPhysicalDeviceFeatures2
  let getMemoryProperties: PFN_vkGetPhysicalDeviceMemoryProperties
  let getMemoryProperties2: PFN_vkGetPhysicalDeviceMemoryProperties2
  let getQueueFamilyProperties: PFN_vkGetPhysicalDeviceQueueFamilyProperties
  let enumerateExtensions: PFN_vkEnumerateDeviceExtensionProperties
  /// nil where the loader or no driver knows it.
  let getCooperativeMatrixProperties: GetCooperativeMatrixProperties?
  /// nil where the loader or no driver knows it.
  let getFlexibleMatrixProperties: GetFlexibleMatrixProperties?
  let createDevice: PFN_vkCreateDevice
  let getDeviceProcAddr: PFN_vkGetDeviceProcAddr

  init(_ loader: Loader, _ instance: VkInstance) throws(VulkanError) {
    destroyInstance = try loader.function(
      "vkDestroyInstance", of: instance, as: PFN_vkDestroyInstance.self)
    enumeratePhysicalDevices = try loader.function(
      "vkEnumeratePhysicalDevices", of: instance, as: PFN_vkEnumeratePhysicalDevices.self)
    getProperties2 = try loader.function(
      "vkGetPhysicalDeviceProperties2", of: instance, as: PFN_vkGetPhysicalDeviceProperties2.self)
    getFeatures2 = try loader.function(
      "vkGetPhysicalDeviceFeatures2", of: instance, as: PFN_vkGetPhysicalDeviceFeatures2.self)
    getMemoryProperties = try loader.function(
      "vkGetPhysicalDeviceMemoryProperties", of: instance, as: PFN_vkGetPhysicalDeviceMemoryProperties.self)
    getMemoryProperties2 = try loader.function(
      "vkGetPhysicalDeviceMemoryProperties2", of: instance, as: PFN_vkGetPhysicalDeviceMemoryProperties2.self)
    getQueueFamilyProperties = try loader.function(
      "vkGetPhysicalDeviceQueueFamilyProperties", of: instance,
      as: PFN_vkGetPhysicalDeviceQueueFamilyProperties.self)
    enumerateExtensions = try loader.function(
      "vkEnumerateDeviceExtensionProperties", of: instance, as: PFN_vkEnumerateDeviceExtensionProperties.self)
    getCooperativeMatrixProperties = try? loader.function(
      "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR", of: instance,
      as: GetCooperativeMatrixProperties.self)
    getFlexibleMatrixProperties = try? loader.function(
      "vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV", of: instance,
      as: GetFlexibleMatrixProperties.self)
    createDevice = try loader.function("vkCreateDevice", of: instance, as: PFN_vkCreateDevice.self)
    getDeviceProcAddr = try loader.function(
      "vkGetDeviceProcAddr", of: instance, as: PFN_vkGetDeviceProcAddr.self)
  }
}

extension InstanceFunctions {
  /// Has the driver fill in one structure of features, whose type is set.
  func getFeatures<Features>(_ structure: inout Features, of device: VkPhysicalDevice) {
    var features = VkPhysicalDeviceFeatures2()
    features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2
    withUnsafeMutablePointer(to: &structure) { structure in
      features.pNext = UnsafeMutableRawPointer(structure)
      getFeatures2(device, &features)
    }
  }

  /// Has the driver fill in one structure of properties, whose type is set.
  func getProperties<Properties>(_ structure: inout Properties, of device: VkPhysicalDevice) {
    var properties = VkPhysicalDeviceProperties2()
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2
    withUnsafeMutablePointer(to: &structure) { structure in
      properties.pNext = UnsafeMutableRawPointer(structure)
      getProperties2(device, &properties)
    }
  }
}
