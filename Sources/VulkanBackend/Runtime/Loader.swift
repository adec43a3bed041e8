import CVulkan
import Foundation

/// The Vulkan loader, opened at run time, so that one binary also runs where there is no Vulkan.
struct Loader {
  let getInstanceProcAddr: PFN_vkGetInstanceProcAddr

  /// Opens `libvulkan.so.1`.
  ///
  /// The library is never closed: drivers leave threads and exit handlers behind.
  init() throws(VulkanError) {
    guard let library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL) else {
      throw .loaderMissing(dlerror().map { String(cString: $0) } ?? "no reason given")
    }
    guard let symbol = dlsym(library, "vkGetInstanceProcAddr") else {
      throw .missingFunction("vkGetInstanceProcAddr")
    }
    getInstanceProcAddr = unsafeBitCast(symbol, to: PFN_vkGetInstanceProcAddr.self)
  }

  /// A function of the loader (no instance) or of an instance, as the C type that its name stands for.
  func function<F>(_ name: String, of instance: VkInstance? = nil, as type: F.Type) throws(VulkanError) -> F {
    guard let pointer = getInstanceProcAddr(instance, name) else { throw .missingFunction(name) }
    return unsafeBitCast(pointer, to: type)
  }
}
