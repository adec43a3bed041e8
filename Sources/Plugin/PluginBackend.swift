import CSfumatoBackend
import SfumatoBackend

/// A backend from a shared library.
public struct PluginBackend: Backend {
  /// What happens to nodes that the library cannot run.
  public struct Options: Sendable {
    /// Whether they are refused instead of being run on the CPU.
    public var isStrict: Bool
    /// Opens the device that runs them; nil where this build has none.
    public var fallback: (@Sendable () throws -> any HostDevice)?

    public init(isStrict: Bool = false, fallback: (@Sendable () throws -> any HostDevice)? = nil) {
      self.isStrict = isStrict
      self.fallback = fallback
    }
  }

  public let library: PluginLibrary
  private let options: Options

  public init(_ library: PluginLibrary, options: Options) {
    self.library = library
    self.options = options
  }

  public var name: String { library.name }
  public var summary: String { library.summary }

  public func devices() throws -> [DeviceInfo] {
    var count: UInt32 = 0
    try library.check(library.table.pointee.device_count(&count), "counting devices")
    guard count <= 1024 else {
      throw BackendError.unavailable(
        backend: name, problem: "it claims to have \(count) devices", remedy: "choose another --backend")
    }
    return try (0..<count).map { try info($0) }
  }

  public func open(_ index: Int) throws -> any Device {
    let devices = try devices()
    guard devices.indices.contains(index) else {
      throw BackendError.unavailable(
        backend: name, problem: "there is no device \(index)",
        remedy: devices.isEmpty ? "it has none" : "it has devices 0 to \(devices.count - 1)")
    }
    return try PluginDevice(library: library, info: devices[index], options: options)
  }

  private func info(_ index: UInt32) throws -> DeviceInfo {
    var info = sfumato_device_info()
    info.struct_size = MemoryLayout<sfumato_device_info>.size
    try library.check(library.table.pointee.device_info(index, &info), "describing device \(index)")
    return DeviceInfo(
      backend: name, index: Int(index), name: withUnsafeBytes(of: &info.name, Self.text),
      kind: DeviceInfo.Kind(info.kind), driver: withUnsafeBytes(of: &info.driver, Self.text),
      memory: info.memory == 0 ? nil : Int(clamping: info.memory))
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

extension DeviceInfo.Kind {
  init(_ kind: Int32) {
    switch sfumato_device_kind(UInt32(bitPattern: kind)) {
    case SFUMATO_DEVICE_CPU: self = .cpu
    case SFUMATO_DEVICE_DISCRETE_GPU: self = .discreteGPU
    case SFUMATO_DEVICE_INTEGRATED_GPU: self = .integratedGPU
    case SFUMATO_DEVICE_VIRTUAL_GPU: self = .virtualGPU
    case SFUMATO_DEVICE_SOFTWARE: self = .software
    default: self = .accelerator
    }
  }
}
