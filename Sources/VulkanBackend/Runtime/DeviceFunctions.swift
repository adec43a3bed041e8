import CVulkan

/// The functions of a device that this module calls, fetched past the loader's dispatch. Tests put failing ones in
/// their places.
struct DeviceFunctions {
  var destroyDevice: PFN_vkDestroyDevice
  var getDeviceQueue: PFN_vkGetDeviceQueue
  var deviceWaitIdle: PFN_vkDeviceWaitIdle
  var queueSubmit: PFN_vkQueueSubmit
  var createBuffer: PFN_vkCreateBuffer
  var destroyBuffer: PFN_vkDestroyBuffer
  var getBufferMemoryRequirements: PFN_vkGetBufferMemoryRequirements
  var allocateMemory: PFN_vkAllocateMemory
  var freeMemory: PFN_vkFreeMemory
  var bindBufferMemory: PFN_vkBindBufferMemory
  var mapMemory: PFN_vkMapMemory
  var createShaderModule: PFN_vkCreateShaderModule
  var destroyShaderModule: PFN_vkDestroyShaderModule
  var createDescriptorSetLayout: PFN_vkCreateDescriptorSetLayout
  var destroyDescriptorSetLayout: PFN_vkDestroyDescriptorSetLayout
  var createPipelineLayout: PFN_vkCreatePipelineLayout
  var destroyPipelineLayout: PFN_vkDestroyPipelineLayout
  var createPipelineCache: PFN_vkCreatePipelineCache
  var destroyPipelineCache: PFN_vkDestroyPipelineCache
  var getPipelineCacheData: PFN_vkGetPipelineCacheData
  var createComputePipelines: PFN_vkCreateComputePipelines
  var destroyPipeline: PFN_vkDestroyPipeline
  var createDescriptorPool: PFN_vkCreateDescriptorPool
  var destroyDescriptorPool: PFN_vkDestroyDescriptorPool
  var allocateDescriptorSets: PFN_vkAllocateDescriptorSets
  var updateDescriptorSets: PFN_vkUpdateDescriptorSets
  var createCommandPool: PFN_vkCreateCommandPool
  var destroyCommandPool: PFN_vkDestroyCommandPool
  var allocateCommandBuffers: PFN_vkAllocateCommandBuffers
  var freeCommandBuffers: PFN_vkFreeCommandBuffers
  var beginCommandBuffer: PFN_vkBeginCommandBuffer
  var endCommandBuffer: PFN_vkEndCommandBuffer
  var createFence: PFN_vkCreateFence
  var destroyFence: PFN_vkDestroyFence
  var resetFences: PFN_vkResetFences
  var waitForFences: PFN_vkWaitForFences
  var cmdBindPipeline: PFN_vkCmdBindPipeline
  var cmdBindDescriptorSets: PFN_vkCmdBindDescriptorSets
  var cmdPushConstants: PFN_vkCmdPushConstants
  var cmdDispatch: PFN_vkCmdDispatch
  var cmdPipelineBarrier: PFN_vkCmdPipelineBarrier
  var cmdCopyBuffer: PFN_vkCmdCopyBuffer
  var cmdFillBuffer: PFN_vkCmdFillBuffer
  var createQueryPool: PFN_vkCreateQueryPool
  var destroyQueryPool: PFN_vkDestroyQueryPool
  var getQueryPoolResults: PFN_vkGetQueryPoolResults
  var cmdResetQueryPool: PFN_vkCmdResetQueryPool
  var cmdWriteTimestamp: PFN_vkCmdWriteTimestamp
  var createSemaphore: PFN_vkCreateSemaphore
  var destroySemaphore: PFN_vkDestroySemaphore
  /// These two only where a device was opened to report of its kernels.
  var getPipelineExecutableProperties: PFN_vkGetPipelineExecutablePropertiesKHR?
  var getPipelineExecutableStatistics: PFN_vkGetPipelineExecutableStatisticsKHR?

  init(_ functions: InstanceFunctions, _ device: VkDevice) throws(VulkanError) {
    func find<F>(_ name: String, _ type: F.Type) -> F? {
      functions.getDeviceProcAddr(device, name).map { unsafeBitCast($0, to: type) }
    }
    func load<F>(_ name: String, _ type: F.Type) throws(VulkanError) -> F {
      guard let function = find(name, type) else { throw .missingFunction(name) }
      return function
    }
    getPipelineExecutableProperties = find(
      "vkGetPipelineExecutablePropertiesKHR", PFN_vkGetPipelineExecutablePropertiesKHR.self)
    getPipelineExecutableStatistics = find(
      "vkGetPipelineExecutableStatisticsKHR", PFN_vkGetPipelineExecutableStatisticsKHR.self)
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
    getPipelineCacheData = try load("vkGetPipelineCacheData", PFN_vkGetPipelineCacheData.self)
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
    createQueryPool = try load("vkCreateQueryPool", PFN_vkCreateQueryPool.self)
    destroyQueryPool = try load("vkDestroyQueryPool", PFN_vkDestroyQueryPool.self)
    getQueryPoolResults = try load("vkGetQueryPoolResults", PFN_vkGetQueryPoolResults.self)
    cmdResetQueryPool = try load("vkCmdResetQueryPool", PFN_vkCmdResetQueryPool.self)
    cmdWriteTimestamp = try load("vkCmdWriteTimestamp", PFN_vkCmdWriteTimestamp.self)
    createSemaphore = try load("vkCreateSemaphore", PFN_vkCreateSemaphore.self)
    destroySemaphore = try load("vkDestroySemaphore", PFN_vkDestroySemaphore.self)
  }
}
