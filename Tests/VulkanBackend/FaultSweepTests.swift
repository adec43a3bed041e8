import CVulkan
import Foundation
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Counts the calls of a device that can fail, and has one of them fail. Functions in C carry no context, so this is global, and
/// one test at a time uses it.
private enum Failing {
  nonisolated(unsafe) static var healthy: DeviceFunctions?
  nonisolated(unsafe) static var calls = 0
  nonisolated(unsafe) static var failingCall = 0
  nonisolated(unsafe) static var result = VK_SUCCESS
  nonisolated(unsafe) static var name = ""

  /// What a call of `name` returns: `body` makes it, unless it is the one that fails.
  static func call(_ name: String, _ body: (DeviceFunctions) -> VkResult) -> VkResult {
    calls += 1
    if calls == failingCall {
      self.name = name
      return result
    }
    return healthy.map(body) ?? VK_ERROR_INITIALIZATION_FAILED
  }

  /// `functions`, each of which may fail.
  static func wrap(_ functions: DeviceFunctions) -> DeviceFunctions {
    healthy = functions
    var wrapped = functions
    wrapped.createBuffer = { a, b, c, d in
      Failing.call("vkCreateBuffer") { $0.createBuffer(a, b, c, d) }
    }
    wrapped.allocateMemory = { a, b, c, d in
      Failing.call("vkAllocateMemory") { $0.allocateMemory(a, b, c, d) }
    }
    wrapped.bindBufferMemory = { a, b, c, d in
      Failing.call("vkBindBufferMemory") { $0.bindBufferMemory(a, b, c, d) }
    }
    wrapped.mapMemory = { a, b, c, d, e, f in
      Failing.call("vkMapMemory") { $0.mapMemory(a, b, c, d, e, f) }
    }
    wrapped.createShaderModule = { a, b, c, d in
      Failing.call("vkCreateShaderModule") { $0.createShaderModule(a, b, c, d) }
    }
    wrapped.createDescriptorSetLayout = { a, b, c, d in
      Failing.call("vkCreateDescriptorSetLayout") { $0.createDescriptorSetLayout(a, b, c, d) }
    }
    wrapped.createPipelineLayout = { a, b, c, d in
      Failing.call("vkCreatePipelineLayout") { $0.createPipelineLayout(a, b, c, d) }
    }
    wrapped.createComputePipelines = { a, b, c, d, e, f in
      Failing.call("vkCreateComputePipelines") { $0.createComputePipelines(a, b, c, d, e, f) }
    }
    wrapped.createDescriptorPool = { a, b, c, d in
      Failing.call("vkCreateDescriptorPool") { $0.createDescriptorPool(a, b, c, d) }
    }
    wrapped.allocateDescriptorSets = { a, b, c in
      Failing.call("vkAllocateDescriptorSets") { $0.allocateDescriptorSets(a, b, c) }
    }
    wrapped.allocateCommandBuffers = { a, b, c in
      Failing.call("vkAllocateCommandBuffers") { $0.allocateCommandBuffers(a, b, c) }
    }
    wrapped.beginCommandBuffer = { a, b in
      Failing.call("vkBeginCommandBuffer") { $0.beginCommandBuffer(a, b) }
    }
    wrapped.endCommandBuffer = { a in
      Failing.call("vkEndCommandBuffer") { $0.endCommandBuffer(a) }
    }
    wrapped.createFence = { a, b, c, d in
      Failing.call("vkCreateFence") { $0.createFence(a, b, c, d) }
    }
    wrapped.resetFences = { a, b, c in
      Failing.call("vkResetFences") { $0.resetFences(a, b, c) }
    }
    wrapped.queueSubmit = { a, b, c, d in
      Failing.call("vkQueueSubmit") { $0.queueSubmit(a, b, c, d) }
    }
    wrapped.waitForFences = { a, b, c, d, e in
      Failing.call("vkWaitForFences") { $0.waitForFences(a, b, c, d, e) }
    }
    return wrapped
  }
}

/// Every call in the life of a step fails once, in two ways.
@Suite(.serialized) struct FaultSweepTests {
  /// A program of products, convolutions, reductions and elementwise clusters over several states.
  private func program() throws -> Program {
    let builder = GraphBuilder()
    var x = try builder.input("x", .f32, [1, 6, 6, 4])
    let g = ConvGeometry(
      inputHeight: 6, inputWidth: 6, inChannels: 4, outChannels: 4, kernelHeight: 3, kernelWidth: 3,
      padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1)
    for layer in 0..<6 {
      let w = try builder.state("w\(layer)", .f32, g.weightShape)
      x = try builder.apply(.conv(g), x, w).tanh() + x
      try builder.update("w\(layer)", to: w * 0.5)
    }
    try builder.output("y", x.reshape([36, 4]).matmul(x.reshape([36, 4]), transposeA: true).reduceSum([0]))
    return try builder.finish()
  }

  private func life(_ device: VulkanDevice, _ program: Program) throws -> [Float] {
    let state = try device.makeState(for: program)
    for slot in 0..<6 {
      try state.write("w\(slot)", HostTensor([Float](repeating: 0.01, count: 144), [4, 3, 3, 4]))
    }
    let step = try device.makeStep(program, state: state)
    for _ in 0..<4 {
      try step.run(["x": HostTensor([Float](repeating: 1, count: 144), [1, 6, 6, 4])])
      _ = try step.outputs()
    }
    return try state.read("w3").floats + (step.outputs()["y"]?.floats ?? [])
  }

  @Test(arguments: [VK_ERROR_OUT_OF_DEVICE_MEMORY.rawValue, VK_ERROR_DEVICE_LOST.rawValue])
  func everyCallMayFail(result: VkResult.RawValue) throws {
    guard try testDevice() != nil else { return }
    let program = try program()
    let expected = try life(VulkanBackend(validation: false).openVulkan(0), program)
    Failing.result = VkResult(result)
    var names: Set<String> = []
    var call = 0
    repeat {
      call += 1
      // A fresh one, so that pipelines are made anew; the validation layer, which takes its time, watches some.
      let device = try VulkanBackend(validation: call % 16 == 0).openVulkan(0)
      let healthy = device.logical.functions
      device.logical.functions = Failing.wrap(healthy)
      defer { device.logical.functions = healthy }
      (Failing.calls, Failing.failingCall) = (0, call)
      do {
        #expect(try life(device, program) == expected)
        #expect(Failing.calls < call, "call \(call), \(Failing.name), failed, and nobody said so")
      } catch let error as VulkanError {
        names.insert(Failing.name)
        switch error {
        case .outOfDeviceMemory, .outOfHostMemory, .deviceLost: break
        default: Issue.record("call \(call), \(Failing.name): \(error)")
        }
        device.logical.functions = healthy
        // The same device does the whole again.
        #expect(try life(device, program) == expected, "after call \(call), \(Failing.name)")
        #expect(device.validationMessages?.isEmpty != false, "call \(call), \(Failing.name)")
      }
    } while Failing.calls >= call
    #expect(call > 150, "\(call) calls")
    #expect(names.count > 12, "\(names.sorted())")
  }
}
