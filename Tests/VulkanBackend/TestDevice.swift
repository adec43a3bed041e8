import SfumatoVulkanBackend
import Testing

/// The first Vulkan device, watched by the validation layer; nil, with a printed reason, where there is none.
func testDevice() throws -> VulkanDevice? {
  do {
    return try VulkanBackend(validation: true).openVulkan(0)
  } catch let error as VulkanError {
    switch error {
    case .loaderMissing, .noDriver, .validationLayerMissing:
      print("skipped: \(error)")
      return nil
    default: throw error
    }
  }
}

/// Expects that the validation layer had nothing to say.
func expectNoMessages(_ device: VulkanDevice) {
  let messages = device.validationMessages ?? ["validation is off"]
  #expect(messages.isEmpty, "\(messages.count) messages, the first: \(messages.first ?? "")")
}
