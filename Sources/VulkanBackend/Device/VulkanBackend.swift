import CVulkan
import Foundation
import SfumatoBackend

/// The backend that runs programs as Vulkan compute kernels: a step is one recorded command buffer, replayed.
public struct VulkanBackend: CachingBackend, ReportingBackend {
  /// Whether the validation layer watches, with synchronization validation.
  public var validation: Bool
  /// Whether objects and the nodes of a step have names for debuggers such as RenderDoc; always where validation is on.
  public var labels: Bool
  /// The folder where compiled pipelines and measurements are kept; nil for nowhere.
  public var cacheFolder: String?
  public var convolution: ConvolutionMethod
  /// Whether a software device runs the kernels that are meant for GPUs, to develop and to test these.
  public var gpuKernels: Bool
  /// Whether devices that can say what their compilers made of kernels are asked to.
  public var reportsKernels = false

  /// - Parameters:
  ///   - validation: nil asks the environment (`SFUMATO_VULKAN_VALIDATION=1`).
  ///   - labels: nil asks the environment (`SFUMATO_VULKAN_LABELS=1`).
  ///   - cacheFolder: the folder where compiled pipelines and measurements are kept; nil for nowhere.
  ///   - convolution: how products and convolutions are computed.
  ///   - gpuKernels: whether a software device runs the kernels that are meant for GPUs; nil asks the environment
  ///     (`SFUMATO_VULKAN_GPU_KERNELS=1`).
  public init(
    validation: Bool? = nil, labels: Bool? = nil, cacheFolder: String? = nil,
    convolution: ConvolutionMethod = .cheapest, gpuKernels: Bool? = nil
  ) {
    self.validation = validation ?? Instance.validationFromEnvironment
    self.labels = labels ?? DebugLabels.isWantedByEnvironment
    self.cacheFolder = cacheFolder
    self.convolution = convolution
    self.gpuKernels =
      gpuKernels ?? (ProcessInfo.processInfo.environment["SFUMATO_VULKAN_GPU_KERNELS"] == "1")
  }

  public func caching(in folder: String) -> any Backend {
    var backend = self
    backend.cacheFolder = folder
    return backend
  }

  public func reporting() -> any Backend {
    var backend = self
    backend.reportsKernels = true
    return backend
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
  public func openVulkan(_ index: Int) throws -> VulkanDevice { try open(index, transfer: .dedicated) }

  func open(_ index: Int, transfer: LogicalDevice.TransferQueue) throws -> VulkanDevice {
    let replaced = try EmbeddedShaders.replaced.get()
    let instance = try Instance(validation: validation, labels: labels)
    let device = try LogicalDevice(
      instance, index: index, transfer: transfer, isReporting: reportsKernels,
      cacheFolder: cacheFolder)
    let isPretending = gpuKernels && device.physical.isSoftware
    // What other kernels take says nothing of the device's own.
    let isItself = !isPretending && replaced.isEmpty && PhysicalDevice.leftOut.isEmpty
    let cache = !isItself ? nil : cacheFolder.map { ChoiceCache(folder: $0, device.physical) }
    let opened = VulkanDevice(device, index: index, KernelTuner(convolution, cache: cache))
    if isPretending { opened.limits.takeGPUKernels() }
    return opened
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
