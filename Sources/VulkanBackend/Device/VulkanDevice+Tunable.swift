import CShaders
import SfumatoBackend
import SfumatoJSON
import SfumatoRandom

extension VulkanDevice: TunableDevice {
  public var tuning: JSONObject { tuner.taken.json }

  public func keep(_ tuning: JSONObject) throws(BackendError) {
    tuner.keep(try Choices(tuning, backend: info.backend))
  }
}

extension ChoiceCache {
  /// What is measured on a device with a driver holds for these shaders.
  init(folder: String, _ device: PhysicalDevice) {
    self.init(
      folder: folder, backend: "vulkan",
      machine: "\(device.name), \(device.pipelineIdentity), shaders \(Self.shaderHash)")
  }

  /// Of all shaders.
  private static let shaderHash: String = {
    var count = 0
    guard let shaders = sfumato_shaders(&count) else { return "none" }
    var hash = StableHash()
    for shader in UnsafeBufferPointer(start: shaders, count: count) {
      for word in UnsafeBufferPointer(start: shader.words, count: shader.word_count) {
        hash.mix(UInt64(word))
      }
    }
    return String(hash.value, radix: 16)
  }()
}
