import CVulkan
import SfumatoBackend
import SfumatoDiagnostics

/// What can go wrong between this module and the Vulkan driver; each stops a command with exit code 4.
public enum VulkanError: SfumatoError, Equatable {
  /// `libvulkan.so.1` could not be opened; the text is the dynamic linker's.
  case loaderMissing(String)
  /// The loader works, but it found no driver, or the driver shows no device.
  case noDriver
  /// The loader or the driver lacks a function that Vulkan 1.1 promises.
  case missingFunction(String)
  /// There is no device with this index.
  case noSuchDevice(index: Int, count: Int)
  /// The device exists, but something that every kernel stands on is missing.
  case unsuitableDevice(name: String, reason: String)
  /// Validation was asked for and its layer is not installed.
  case validationLayerMissing
  /// `SFUMATO_VULKAN_SHADERS` names a folder that replaces no shader.
  case shaderFolder(String, problem: String)
  /// The device's memory does not hold what was asked for.
  case outOfDeviceMemory(call: String, bytes: UInt64, available: UInt64)
  /// What is to be allocated is more than a limit of the device; found before anything was.
  case memoryLimit(what: String, bytes: Int, limit: String, allowed: Int)
  /// The host's memory, as the driver sees it, does not hold what was asked for.
  case outOfHostMemory(call: String)
  /// The device stopped answering: a driver crash, a watchdog, or an unplugged card.
  case deviceLost(call: String)
  /// The device did not finish within the time allowed.
  case timeout(call: String, seconds: Int)
  /// Any other result code of a call.
  case callFailed(call: String, result: Int32)
  /// A program needs something that this backend has no kernel for on this device.
  case unsupported(String)
  /// An input, an output or a state of a program was not what the program declares.
  case mismatch(String)

  public var exitCode: ExitCode { .device }

  public var description: String {
    switch self {
    case .loaderMissing(let reason):
      "Vulkan: the loader libvulkan.so.1 could not be opened (\(reason)); install libvulkan1 and a driver "
        + "(Debian: mesa-vulkan-drivers, or the vendor's), or use --backend fftw"
    case .noDriver:
      "Vulkan: the loader found no device; install a driver (Debian: mesa-vulkan-drivers, or the vendor's), "
        + "or use --backend fftw"
    case .missingFunction(let name):
      "Vulkan: the driver lacks \(name), which Vulkan 1.1 promises; update the driver or the loader"
    case .noSuchDevice(let index, let count):
      "Vulkan: there is no device \(index); \(count) found, numbered from 0 (see `sfumato devices`)"
    case .unsuitableDevice(let name, let reason):
      "Vulkan: the device \(name) cannot be used: \(reason); choose another (see `sfumato devices`)"
    case .validationLayerMissing:
      "Vulkan: SFUMATO_VULKAN_VALIDATION is set, but VK_LAYER_KHRONOS_validation is not installed "
        + "(Debian: vulkan-validationlayers)"
    case .shaderFolder(let folder, let problem):
      "Vulkan: SFUMATO_VULKAN_SHADERS is \(folder): \(problem)"
    case .outOfDeviceMemory(let call, let bytes, let available):
      "Vulkan: out of device memory in \(call)"
        + (bytes > 0
          ? ": \(mebibytes(Int(clamping: bytes))) asked for, \(mebibytes(Int(clamping: available))) free"
          : "")
        + "; use a smaller batch or model, or end other programs on the device"
    case .memoryLimit(let what, let bytes, let limit, let allowed):
      "Vulkan: \(what) needs \(mebibytes(bytes)), but only \(mebibytes(allowed)) \(limit); use a smaller batch, "
        + "training.micro_batch or a smaller model"
    case .outOfHostMemory(let call):
      "Vulkan: out of host memory in \(call); close other programs or use a smaller batch"
    case .deviceLost(let call):
      "Vulkan: \(VulkanError.loss(call)); start again with --resume"
    case .timeout(let call, let seconds):
      "Vulkan: the device did not finish within \(seconds) s in \(call); use a smaller batch or another device"
    case .callFailed(let call, let result):
      "Vulkan: \(call) failed with result \(result); update the driver or choose another device"
    case .unsupported(let what):
      "Vulkan: \(what) is not supported on this device; use --backend fftw"
    case .mismatch(let what):
      "Vulkan: \(what)"
    }
  }
}

extension VulkanError: DeviceLossError {
  public var lossProblem: String? {
    if case .deviceLost(let call) = self { VulkanError.loss(call) } else { nil }
  }

  private static func loss(_ call: String) -> String {
    "the device was lost in \(call) (a driver crash, a watchdog or an unplugged card)"
  }
}

/// Throws the typed error that a Vulkan result stands for; success codes pass.
///
/// - Parameters:
///   - result: what the call answered.
///   - call: the call's name, for the message.
///   - bytes: how much memory the call was to give, where it was to give memory.
///   - available: the size of the heap it was to come from.
func check(
  _ result: VkResult, _ call: StaticString, bytes: UInt64 = 0, available: UInt64 = 0
) throws(VulkanError) {
  switch result {
  case VK_SUCCESS, VK_INCOMPLETE: return
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    throw .outOfDeviceMemory(call: "\(call)", bytes: bytes, available: available)
  case VK_ERROR_OUT_OF_HOST_MEMORY: throw .outOfHostMemory(call: "\(call)")
  case VK_ERROR_DEVICE_LOST: throw .deviceLost(call: "\(call)")
  case VK_ERROR_INCOMPATIBLE_DRIVER, VK_ERROR_INITIALIZATION_FAILED: throw .noDriver
  default: throw .callFailed(call: "\(call)", result: result.rawValue)
  }
}
