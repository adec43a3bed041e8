import CVulkan
import Foundation

/// A Vulkan instance, with the validation layer if it was asked for.
final class Instance {
  let functions: InstanceFunctions
  let handle: VkInstance
  /// What the validation layer said; nil where it is off.
  let validation: ValidationLog?
  /// Whether devices can be told names (VK_EXT_debug_utils).
  let hasLabels: Bool
  private let loader: Loader
  private var messenger: VkDebugUtilsMessengerEXT?

  /// Opens the loader and makes an instance.
  ///
  /// - Parameters:
  ///   - validation: turns on VK_LAYER_KHRONOS_validation with synchronization validation, and labels.
  ///   - labels: turns on VK_EXT_debug_utils where it is there.
  init(validation wanted: Bool, labels: Bool = false) throws(VulkanError) {
    loader = try Loader()
    if wanted { try Instance.requireValidationLayer(loader) }
    validation = wanted ? ValidationLog() : nil
    hasLabels = wanted || (labels && Instance.extensions(loader).contains(DebugLabels.extensionName))
    handle = try Instance.create(loader, validation, hasLabels: hasLabels)
    functions = try InstanceFunctions(loader, handle)
    if let validation {
      let create = try loader.function(
        "vkCreateDebugUtilsMessengerEXT", of: handle, as: PFN_vkCreateDebugUtilsMessengerEXT.self)
      var info = validation.messengerInfo()
      try check(create(handle, &info, nil, &messenger), "vkCreateDebugUtilsMessengerEXT")
    }
  }

  deinit {
    if messenger != nil,
      let destroy = try? loader.function(
        "vkDestroyDebugUtilsMessengerEXT", of: handle, as: PFN_vkDestroyDebugUtilsMessengerEXT.self)
    {
      destroy(handle, messenger, nil)
    }
    functions.destroyInstance(handle, nil)
  }

  /// Whether the environment asks for validation (`SFUMATO_VULKAN_VALIDATION=1`).
  static var validationFromEnvironment: Bool {
    ProcessInfo.processInfo.environment["SFUMATO_VULKAN_VALIDATION"] == "1"
  }

  /// The devices that the drivers show, in the loader's order.
  func physicalDevices() throws(VulkanError) -> [PhysicalDevice] {
    var count: UInt32 = 0
    try check(functions.enumeratePhysicalDevices(handle, &count, nil), "vkEnumeratePhysicalDevices")
    guard count > 0 else { throw .noDriver }
    var handles = [VkPhysicalDevice?](repeating: nil, count: Int(count))
    try check(functions.enumeratePhysicalDevices(handle, &count, &handles), "vkEnumeratePhysicalDevices")
    return handles.prefix(Int(count)).compactMap { $0 }.map { PhysicalDevice(functions, $0) }
  }

  private static func create(
    _ loader: Loader, _ validation: ValidationLog?, hasLabels: Bool
  ) throws(VulkanError) -> VkInstance {
    let createInstance = try loader.function("vkCreateInstance", as: PFN_vkCreateInstance.self)
    let layers = validation == nil ? [] : ["VK_LAYER_KHRONOS_validation"]
    let extensions =
      (hasLabels ? [DebugLabels.extensionName] : [])
      + (validation == nil ? [] : ["VK_EXT_validation_features"])
    var handle: VkInstance?
    let result = withCStrings(layers) { layers in
      withCStrings(extensions) { extensions in
        withInstanceInfo(validation) { info in
          info.pointee.enabledLayerCount = UInt32(layers.count)
          info.pointee.ppEnabledLayerNames = layers.baseAddress
          info.pointee.enabledExtensionCount = UInt32(extensions.count)
          info.pointee.ppEnabledExtensionNames = extensions.baseAddress
          return createInstance(info, nil, &handle)
        }
      }
    }
    try check(result, "vkCreateInstance")
    guard let handle else { throw .noDriver }
    return handle
  }

  /// The highest version that anything is asked of: Vulkan 1.3, by some kernels. Devices need 1.2.
  static let apiVersion: UInt32 = (1 << 22) | (3 << 12)

  private static func withInstanceInfo<R>(
    _ validation: ValidationLog?, _ body: (UnsafeMutablePointer<VkInstanceCreateInfo>) -> R
  ) -> R {
    var application = VkApplicationInfo()
    application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO
    application.apiVersion = apiVersion
    var enabled = [VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT]
    return withUnsafePointer(to: &application) { application in
      enabled.withUnsafeMutableBufferPointer { enabled in
        var features = VkValidationFeaturesEXT()
        features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT
        features.enabledValidationFeatureCount = UInt32(enabled.count)
        features.pEnabledValidationFeatures = UnsafePointer(enabled.baseAddress)
        return withUnsafePointer(to: &features) { features in
          var info = VkInstanceCreateInfo()
          info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO
          info.pApplicationInfo = application
          if validation != nil { info.pNext = UnsafeRawPointer(features) }
          return body(&info)
        }
      }
    }
  }

  /// What the loader and the drivers offer; nothing where they cannot be asked.
  private static func extensions(_ loader: Loader) -> Set<String> {
    guard
      let enumerate = try? loader.function(
        "vkEnumerateInstanceExtensionProperties", as: PFN_vkEnumerateInstanceExtensionProperties.self)
    else { return [] }
    var count: UInt32 = 0
    guard enumerate(nil, &count, nil) == VK_SUCCESS else { return [] }
    var all = [VkExtensionProperties](repeating: VkExtensionProperties(), count: Int(count))
    guard enumerate(nil, &count, &all) == VK_SUCCESS else { return [] }
    return Set(all.prefix(Int(count)).map { text($0.extensionName) })
  }

  private static func requireValidationLayer(_ loader: Loader) throws(VulkanError) {
    let enumerate = try loader.function(
      "vkEnumerateInstanceLayerProperties", as: PFN_vkEnumerateInstanceLayerProperties.self)
    var count: UInt32 = 0
    try check(enumerate(&count, nil), "vkEnumerateInstanceLayerProperties")
    var layers = [VkLayerProperties](repeating: VkLayerProperties(), count: Int(count))
    try check(enumerate(&count, &layers), "vkEnumerateInstanceLayerProperties")
    guard layers.contains(where: { text($0.layerName) == "VK_LAYER_KHRONOS_validation" }) else {
      throw .validationLayerMissing
    }
  }
}

/// The C string in a fixed-size array of characters, which Swift sees as a tuple.
func text<T>(_ characters: T) -> String {
  withUnsafeBytes(of: characters) { bytes in
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// Calls `body` with the strings as an array of C strings.
func withCStrings<R>(
  _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> R
) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer(body)
}
