import CVulkan

@testable import SfumatoVulkanBackend

/// Counts the calls of a device that can fail, and has one of them fail. Functions in C carry no context, so this is global, and
/// one test at a time uses it.
enum Failing {
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
    wrapped.createQueryPool = { a, b, c, d in
      Failing.call("vkCreateQueryPool") { $0.createQueryPool(a, b, c, d) }
    }
    wrapped.getQueryPoolResults = { a, b, c, d, e, f, g, h in
      Failing.call("vkGetQueryPoolResults") { $0.getQueryPoolResults(a, b, c, d, e, f, g, h) }
    }
    wrapped.createSemaphore = { a, b, c, d in
      Failing.call("vkCreateSemaphore") { $0.createSemaphore(a, b, c, d) }
    }
    return wrapped
  }
}
