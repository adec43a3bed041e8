import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Calls that fail: each is one typed error, nothing leaks, and the device goes on working if it can.
@Suite(.serialized) struct FaultTests {
  /// A call that fails, and how.
  struct Fault: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Puts a failing function in place.
    var breakIt: @Sendable (inout DeviceFunctions) -> Void
    /// Whether the error is one that this fault may end in.
    var isExpected: @Sendable (VulkanError) -> Bool
  }

  static let faults: [Fault] = [
    Fault(testDescription: "vkCreateBuffer") {
      $0.createBuffer = { _, _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkCreateBuffer")
    },
    Fault(testDescription: "vkAllocateMemory") {
      $0.allocateMemory = { _, _, _, _ in VK_ERROR_OUT_OF_DEVICE_MEMORY }
    } isExpected: {
      if case .outOfDeviceMemory("vkAllocateMemory", let bytes, let available) = $0 {
        bytes > 0 && available > 0
      } else {
        false
      }
    },
    Fault(testDescription: "vkBindBufferMemory") {
      $0.bindBufferMemory = { _, _, _, _ in VK_ERROR_OUT_OF_DEVICE_MEMORY }
    } isExpected: {
      if case .outOfDeviceMemory("vkBindBufferMemory", _, _) = $0 { true } else { false }
    },
    Fault(testDescription: "vkMapMemory") {
      $0.mapMemory = { _, _, _, _, _, _ in VK_ERROR_MEMORY_MAP_FAILED }
    } isExpected: {
      $0 == .callFailed(call: "vkMapMemory", result: VK_ERROR_MEMORY_MAP_FAILED.rawValue)
    },
    Fault(testDescription: "vkCreateShaderModule") {
      $0.createShaderModule = { _, _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkCreateShaderModule")
    },
    Fault(testDescription: "vkCreateComputePipelines") {
      $0.createComputePipelines = { _, _, _, _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkCreateComputePipelines")
    },
    Fault(testDescription: "vkCreateDescriptorPool") {
      $0.createDescriptorPool = { _, _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkCreateDescriptorPool")
    },
    Fault(testDescription: "vkAllocateDescriptorSets") {
      $0.allocateDescriptorSets = { _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkAllocateDescriptorSets")
    },
    Fault(testDescription: "vkAllocateCommandBuffers") {
      $0.allocateCommandBuffers = { _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkAllocateCommandBuffers")
    },
    Fault(testDescription: "vkCreateFence") {
      $0.createFence = { _, _, _, _ in VK_ERROR_OUT_OF_HOST_MEMORY }
    } isExpected: {
      $0 == .outOfHostMemory(call: "vkCreateFence")
    },
    Fault(testDescription: "vkQueueSubmit") {
      $0.queueSubmit = { _, _, _, _ in VK_ERROR_DEVICE_LOST }
    } isExpected: {
      $0 == .deviceLost(call: "vkQueueSubmit")
    },
  ]

  private func program() throws -> Program {
    let builder = GraphBuilder()
    let x = try builder.input("x", .f32, [4, 40])
    let w = try builder.state("w", .f32, [40, 8])
    let y = try x.matmul(w)
    try builder.update("w", to: w * 0.5)
    try builder.output("y", (y.exp() + 1).reduceSum([0]))
    return try builder.finish()
  }

  /// The life of a small step, from its state to its outputs.
  private func life(_ device: VulkanDevice) throws {
    let program = try program()
    let state = try device.makeState(for: program)
    try state.write("w", HostTensor([Float](repeating: 0.01, count: 320), [40, 8]))
    let step = try device.makeStep(program, state: state)
    for _ in 0..<3 { try step.run(["x": HostTensor([Float](repeating: 1, count: 160), [4, 40])]) }
    _ = try step.outputs()
    _ = try state.read("w")
  }

  @Test(arguments: FaultTests.faults) func aFailingCallIsATypedError(fault: Fault) throws {
    guard let log = try breakAndMend(fault) else { return }
    // The device is gone by now: whatever had leaked would have been reported.
    #expect(log.messages.isEmpty, "\(log.messages.first ?? "")")
  }

  private func breakAndMend(_ fault: Fault) throws -> ValidationLog? {
    guard let device = try testDevice() else { return nil }
    let healthy = device.logical.functions
    fault.breakIt(&device.logical.functions)
    do {
      try life(device)
      Issue.record("nothing was thrown")
    } catch let error as VulkanError {
      #expect(fault.isExpected(error), "\(error)")
    }
    device.logical.functions = healthy
    try life(device)
    return device.logical.instance.validation
  }

  /// A device that is lost while the host waits, and one that never ends.
  @Test(arguments: [VK_ERROR_DEVICE_LOST.rawValue, VK_TIMEOUT.rawValue]) func aWaitThatFails(
    result: VkResult.RawValue
  ) throws {
    guard let device = try testDevice() else { return }
    let healthy = device.logical.functions
    device.logical.functions.waitForFences =
      result == VK_TIMEOUT.rawValue
      ? { _, _, _, _, _ in VK_TIMEOUT } : { _, _, _, _, _ in VK_ERROR_DEVICE_LOST }
    let expected: VulkanError =
      result == VK_TIMEOUT.rawValue
      ? .timeout(call: "vkWaitForFences", seconds: LogicalDevice.waitSeconds)
      : .deviceLost(call: "vkWaitForFences")
    #expect(throws: expected) { try life(device) }
    device.logical.functions = healthy
    try device.logical.waitIdle()
  }
}
