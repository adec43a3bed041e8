import SfumatoBackend
import SfumatoDiagnostics
import SfumatoOracle
import SfumatoPlugin
import SfumatoRegistry

#if FFTW
  import SfumatoFFTWBackend
#endif
#if Vulkan
  import SfumatoVulkanBackend
#endif

/// A backend as a choice by name.
public struct BackendEntry: RegistryEntry {
  public let backend: any Backend
  public var name: String { backend.name }
  public var summary: String { backend.summary }
  public var options: [PluginOption] { [] }
  /// The shared library that it comes from, and its version; nil for one that is linked in.
  public var origin: String? {
    (backend as? PluginBackend).map {
      "\($0.library.path), version \($0.library.version), interface \($0.library.interface)"
    }
  }

  public init(_ backend: any Backend) { self.backend = backend }
}

/// A device to run on, and why this one.
public struct DeviceChoice: Sendable {
  public var backend: any Backend
  public var device: DeviceInfo
  /// For people, such as `no GPU was found`.
  public var reason: String

  /// Opens the device.
  public func open() throws -> any Device { try backend.open(device.index) }
}

/// The backends that can be chosen.
public enum Backends {
  public static let registry = Registry<BackendEntry>(kind: "backend", shipped.map(BackendEntry.init))

  private static var shipped: [any Backend] {
    var backends: [any Backend] = []
    #if FFTW
      backends.append(FFTWBackend())
    #endif
    #if Vulkan
      backends.append(VulkanBackend())
    #endif
    return backends + [OracleBackend()]
  }

  /// The device that `name` and `index` ask for.
  ///
  /// `auto` takes the first real GPU of any backend, else the CPU backend. A software device and the reference
  /// are taken only by name.
  ///
  /// - Parameters:
  ///   - name: of a backend, or `auto`.
  ///   - index: number of the device in the backend's list; nil for its first, best one.
  /// - Throws: `RegistryError` for an unknown name; `BackendError.unavailable` where there is no such device.
  public static func choose(_ name: String = "auto", device index: Int? = nil) throws -> DeviceChoice {
    guard name == "auto" else {
      let backend = try registry.entry(name).backend
      let devices = try backend.devices()
      // A backend without devices says best itself what is missing.
      if devices.isEmpty { _ = try backend.open(index ?? 0) }
      guard let device = index.map({ index in devices.first { $0.index == index } }) ?? devices.first else {
        throw BackendError.unavailable(
          backend: name,
          problem: index.map { "there is no device \($0)" } ?? "no device was found",
          remedy: devices.isEmpty
            ? "choose another --backend; `sfumato devices` lists what is there"
            : "its devices are \(devices.map { "\($0.index)" }.joined(separator: ", "))")
      }
      return DeviceChoice(backend: backend, device: device, reason: "asked for")
    }
    return try automatic(device: index)
  }

  private static func automatic(device index: Int?) throws -> DeviceChoice {
    let gpus: Set<DeviceInfo.Kind> = [.discreteGPU, .integratedGPU, .virtualGPU]
    var cpu: DeviceChoice?
    for backend in registry.all.map(\.backend) {
      // A backend whose driver is broken or missing is no reason not to take another one.
      for device in (try? backend.devices()) ?? [] where index == nil || device.index == index {
        if gpus.contains(device.kind) {
          return DeviceChoice(backend: backend, device: device, reason: "a GPU")
        }
        if device.kind == .cpu, cpu == nil {
          cpu = DeviceChoice(backend: backend, device: device, reason: "no GPU was found")
        }
      }
    }
    if let cpu { return cpu }
    throw BackendError.unavailable(
      backend: "auto", problem: "neither a GPU nor the CPU backend is there",
      remedy: "name one with --backend: \(registry.names.joined(separator: ", "))")
  }
}
