import CVulkan
import SfumatoBackend

/// The backend that runs programs as Vulkan compute kernels: a step is one recorded command buffer, replayed.
public struct VulkanBackend: Backend {
  /// Whether the validation layer watches, with synchronization validation.
  public var validation: Bool

  /// - Parameter validation: nil asks the environment (`SFUMATO_VULKAN_VALIDATION=1`).
  public init(validation: Bool? = nil) {
    self.validation = validation ?? Instance.validationFromEnvironment
  }

  public var name: String { "vulkan" }
  public var summary: String { "Vulkan compute kernels on any GPU; a step is one recorded command buffer" }

  /// The devices that the drivers show; none where there is no loader or no driver.
  public func devices() throws -> [DeviceInfo] {
    do throws(VulkanError) {
      let found = try Instance(validation: false).physicalDevices()
      return found.enumerated().map { DeviceInfo($1, index: $0) }
    } catch {
      switch error {
      case .loaderMissing, .noDriver: return []
      default: throw error
      }
    }
  }

  /// Opens a device.
  ///
  /// Throws a `VulkanError`: `loaderMissing` or `noDriver` with what to install, `noSuchDevice`,
  /// `unsuitableDevice` with the reason.
  public func open(_ index: Int) throws -> any Device { try openVulkan(index) }

  /// `open`, for callers that want the validation layer's messages or a step's statistics.
  public func openVulkan(_ index: Int) throws -> VulkanDevice {
    try VulkanDevice(LogicalDevice(Instance(validation: validation), index: index), index: index)
  }
}

extension DeviceInfo {
  init(_ device: PhysicalDevice, index: Int) {
    let kind: Kind =
      switch device.type {
      case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: .discreteGPU
      case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: .integratedGPU
      case VK_PHYSICAL_DEVICE_TYPE_CPU: .software
      default: .virtualGPU
      }
    self.init(
      backend: "vulkan", index: index, name: device.name, kind: kind,
      driver: "\(device.driver), Vulkan \(device.apiVersionText)", memory: Int(device.memoryBytes))
  }
}
