import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// What drivers and callers can do wrong, as typed errors.
@Suite(.serialized) struct ErrorTests {
  @Test func everyErrorEndsWithTheDeviceCodeInOneLine() {
    let errors: [VulkanError] = [
      .loaderMissing("no such file"), .noDriver, .missingFunction("vkCreateDevice"),
      .noSuchDevice(index: 3, count: 1), .unsuitableDevice(name: "toy", reason: "it has no compute queue"),
      .validationLayerMissing, .outOfDeviceMemory(call: "vkAllocateMemory", bytes: 8, available: 4),
      .memoryLimit(what: "a step", bytes: 8, limit: "is free", allowed: 4),
      .outOfHostMemory(call: "vkCreateBuffer"), .deviceLost(call: "vkQueueSubmit"),
      .timeout(call: "vkWaitForFences", seconds: 600), .callFailed(call: "vkMapMemory", result: -5),
      .unsupported("a thing"), .mismatch("a thing is another"), .shaderFolder("here", problem: "it is empty"),
    ]
    for error in errors {
      #expect(error.exitCode == .device)
      #expect(error.description.hasPrefix("Vulkan: ") && !error.description.contains("\n"))
    }
    #expect(VulkanError.loaderMissing("x").description.contains("install libvulkan1"))
    #expect(VulkanError.noDriver.description.contains("mesa-vulkan-drivers"))
  }

  @Test func resultsBecomeTypedErrors() {
    func error(_ result: VkResult) -> VulkanError? {
      do throws(VulkanError) {
        try check(result, "vkCall", bytes: 10, available: 5)
        return nil
      } catch { return error }
    }
    #expect(error(VK_SUCCESS) == nil)
    #expect(error(VK_ERROR_DEVICE_LOST) == .deviceLost(call: "vkCall"))
    #expect(error(VK_ERROR_OUT_OF_HOST_MEMORY) == .outOfHostMemory(call: "vkCall"))
    #expect(
      error(VK_ERROR_OUT_OF_DEVICE_MEMORY)
        == .outOfDeviceMemory(call: "vkCall", bytes: 10, available: 5))
    #expect(error(VK_ERROR_MEMORY_MAP_FAILED) == .callFailed(call: "vkCall", result: -5))
  }

  @Test func anUnknownDeviceIsNamed() throws {
    guard try testDevice() != nil else { return }
    let count = try VulkanBackend(validation: false).devices().count
    #expect(throws: VulkanError.noSuchDevice(index: 99, count: count)) {
      _ = try VulkanBackend(validation: false).open(99)
    }
  }

  @Test func tooMuchMemoryIsAnError() throws {
    guard let device = try testDevice() else { return }
    #expect(throws: VulkanError.self) {
      _ = try device.makeState([StateSlot(name: "huge", type: TensorType(.f32, [1 << 44]))])
    }
  }

  @Test func wrongTensorsAreNamed() throws {
    guard let device = try testDevice() else { return }
    let state = try device.makeState([StateSlot(name: "w", type: TensorType(.f32, [3]))])
    #expect(throws: BackendError.self) { try state.write("v", HostTensor([1, 2, 3] as [Float], [3])) }
    #expect(throws: BackendError.self) { try state.write("w", HostTensor([1, 2] as [Float], [2])) }
    #expect(throws: BackendError.self) { _ = try state.read("v") }
    let builder = GraphBuilder()
    try builder.output("y", builder.input("x", .f32, [2]) * 2)
    let step = try device.makeStep(try builder.finish(), state: state)
    #expect(throws: BackendError.self) { _ = try step.outputs() }
    #expect(throws: BackendError.self) { try step.run([:]) }
    #expect(throws: BackendError.self) { try step.run(["x": HostTensor([1] as [Float], [1])]) }
    expectNoMessages(device)
  }

  @Test func aStateOfAnotherDeviceIsRefused() throws {
    guard let device = try testDevice(), let other = try testDevice() else { return }
    let builder = GraphBuilder()
    try builder.output("y", builder.constant(1))
    let program = try builder.finish()
    #expect(throws: BackendError.self) {
      _ = try device.makeStep(program, state: other.makeState([]))
    }
  }
}
