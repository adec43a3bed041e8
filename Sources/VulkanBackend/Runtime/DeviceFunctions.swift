import CVulkan

/// The functions of a device that this module calls, fetched past the loader's dispatch.
struct DeviceFunctions {
  let destroyDevice: PFN_vkDestroyDevice
  let getDeviceQueue: PFN_vkGetDeviceQueue
  let deviceWaitIdle: PFN_vkDeviceWaitIdle
  let queueSubmit: PFN_vkQueueSubmit
  let createBuffer: PFN_vkCreateBuffer
  let destroyBuffer: PFN_vkDestroyBuffer
  let getBufferMemoryRequirements: PFN_vkGetBufferMemoryRequirements
  let allocateMemory: PFN_vkAllocateMemory
  let freeMemory: PFN_vkFreeMemory
  let bindBufferMemory: PFN_vkBindBufferMemory
  let mapMemory: PFN_vkMapMemory
  let createShaderModule: PFN_vkCreateShaderModule
  let destroyShaderModule: PFN_vkDestroyShaderModule
  let createDescriptorSetLayout: PFN_vkCreateDescriptorSetLayout
  let destroyDescriptorSetLayout: PFN_vkDestroyDescriptorSetLayout
  let createPipelineLayout: PFN_vkCreatePipelineLayout
  let destroyPipelineLayout: PFN_vkDestroyPipelineLayout
  let createPipelineCache: PFN_vkCreatePipelineCache
  let destroyPipelineCache: PFN_vkDestroyPipelineCache
  let createComputePipelines: PFN_vkCreateComputePipelines
  let destroyPipeline: PFN_vkDestroyPipeline
  let createDescriptorPool: PFN_vkCreateDescriptorPool
  let destroyDescriptorPool: PFN_vkDestroyDescriptorPool
  let allocateDescriptorSets: PFN_vkAllocateDescriptorSets
  let updateDescriptorSets: PFN_vkUpdateDescriptorSets
  let createCommandPool: PFN_vkCreateCommandPool
  let destroyCommandPool: PFN_vkDestroyCommandPool
  let allocateCommandBuffers: PFN_vkAllocateCommandBuffers
  let freeCommandBuffers: PFN_vkFreeCommandBuffers
  let beginCommandBuffer: PFN_vkBeginCommandBuffer
  let endCommandBuffer: PFN_vkEndCommandBuffer
  let createFence: PFN_vkCreateFence
  let destroyFence: PFN_vkDestroyFence
  let resetFences: PFN_vkResetFences
  let waitForFences: PFN_vkWaitForFences
  let cmdBindPipeline: PFN_vkCmdBindPipeline
  let cmdBindDescriptorSets: PFN_vkCmdBindDescriptorSets
  let cmdPushConstants: PFN_vkCmdPushConstants
  let cmdDispatch: PFN_vkCmdDispatch
  let cmdPipelineBarrier: PFN_vkCmdPipelineBarrier
  let cmdCopyBuffer: PFN_vkCmdCopyBuffer
  let cmdFillBuffer: PFN_vkCmdFillBuffer

  init(_ functions: InstanceFunctions, _ device: VkDevice) throws(VulkanError) {
    func load<F>(_ name: String, _ type: F.Type) throws(VulkanError) -> F {
      guard let pointer = functions.getDeviceProcAddr(device, name) else { throw .missingFunction(name) }
      return unsafeBitCast(pointer, to: type)
    }
    destroyDevice = try load("vkDestroyDevice", PFN_vkDestroyDevice.self)
    getDeviceQueue = try load("vkGetDeviceQueue", PFN_vkGetDeviceQueue.self)
    deviceWaitIdle = try load("vkDeviceWaitIdle", PFN_vkDeviceWaitIdle.self)
    queueSubmit = try load("vkQueueSubmit", PFN_vkQueueSubmit.self)
    createBuffer = try load("vkCreateBuffer", PFN_vkCreateBuffer.self)
    destroyBuffer = try load("vkDestroyBuffer", PFN_vkDestroyBuffer.self)
    getBufferMemoryRequirements = try load(
      "vkGetBufferMemoryRequirements", PFN_vkGetBufferMemoryRequirements.self)
    allocateMemory = try load("vkAllocateMemory", PFN_vkAllocateMemory.self)
    freeMemory = try load("vkFreeMemory", PFN_vkFreeMemory.self)
    bindBufferMemory = try load("vkBindBufferMemory", PFN_vkBindBufferMemory.self)
    mapMemory = try load("vkMapMemory", PFN_vkMapMemory.self)
    createShaderModule = try load("vkCreateShaderModule", PFN_vkCreateShaderModule.self)
    destroyShaderModule = try load("vkDestroyShaderModule", PFN_vkDestroyShaderModule.self)
    createDescriptorSetLayout = try load("vkCreateDescriptorSetLayout", PFN_vkCreateDescriptorSetLayout.self)
    destroyDescriptorSetLayout = try load(
      "vkDestroyDescriptorSetLayout", PFN_vkDestroyDescriptorSetLayout.self)
    createPipelineLayout = try load("vkCreatePipelineLayout", PFN_vkCreatePipelineLayout.self)
    destroyPipelineLayout = try load("vkDestroyPipelineLayout", PFN_vkDestroyPipelineLayout.self)
    createPipelineCache = try load("vkCreatePipelineCache", PFN_vkCreatePipelineCache.self)
    destroyPipelineCache = try load("vkDestroyPipelineCache", PFN_vkDestroyPipelineCache.self)
    createComputePipelines = try load("vkCreateComputePipelines", PFN_vkCreateComputePipelines.self)
    destroyPipeline = try load("vkDestroyPipeline", PFN_vkDestroyPipeline.self)
    createDescriptorPool = try load("vkCreateDescriptorPool", PFN_vkCreateDescriptorPool.self)
    destroyDescriptorPool = try load("vkDestroyDescriptorPool", PFN_vkDestroyDescriptorPool.self)
    allocateDescriptorSets = try load("vkAllocateDescriptorSets", PFN_vkAllocateDescriptorSets.self)
    updateDescriptorSets = try load("vkUpdateDescriptorSets", PFN_vkUpdateDescriptorSets.self)
    createCommandPool = try load("vkCreateCommandPool", PFN_vkCreateCommandPool.self)
    destroyCommandPool = try load("vkDestroyCommandPool", PFN_vkDestroyCommandPool.self)
    allocateCommandBuffers = try load("vkAllocateCommandBuffers", PFN_vkAllocateCommandBuffers.self)
    freeCommandBuffers = try load("vkFreeCommandBuffers", PFN_vkFreeCommandBuffers.self)
    beginCommandBuffer = try load("vkBeginCommandBuffer", PFN_vkBeginCommandBuffer.self)
    endCommandBuffer = try load("vkEndCommandBuffer", PFN_vkEndCommandBuffer.self)
    createFence = try load("vkCreateFence", PFN_vkCreateFence.self)
    destroyFence = try load("vkDestroyFence", PFN_vkDestroyFence.self)
    resetFences = try load("vkResetFences", PFN_vkResetFences.self)
    waitForFences = try load("vkWaitForFences", PFN_vkWaitForFences.self)
    cmdBindPipeline = try load("vkCmdBindPipeline", PFN_vkCmdBindPipeline.self)
    cmdBindDescriptorSets = try load("vkCmdBindDescriptorSets", PFN_vkCmdBindDescriptorSets.self)
    cmdPushConstants = try load("vkCmdPushConstants", PFN_vkCmdPushConstants.self)
    cmdDispatch = try load("vkCmdDispatch", PFN_vkCmdDispatch.self)
    cmdPipelineBarrier = try load("vkCmdPipelineBarrier", PFN_vkCmdPipelineBarrier.self)
    cmdCopyBuffer = try load("vkCmdCopyBuffer", PFN_vkCmdCopyBuffer.self)
    cmdFillBuffer = try load("vkCmdFillBuffer", PFN_vkCmdFillBuffer.self)
  }
}
