import CVulkan

/// What a device is opened with: the features and extensions that kernels use, as far as it has them.
struct DeviceExtensions {
  private let physical: PhysicalDevice
  private let names: [String]

  /// Whether pipelines are to say what the compiler made of them.
  let isReporting: Bool

  /// - Parameter isReporting: whether that is wanted, where the device can.
  init(_ physical: PhysicalDevice, isReporting: Bool = false) {
    self.physical = physical
    self.isReporting = isReporting && physical.reportsKernels
    var names: [String] = []
    if self.isReporting { names.append(PipelineStore.reportsName) }
    if physical.controlsSubgroupSize { names.append(PhysicalDevice.sizeControlName) }
    if !physical.matrices.isEmpty { names.append(CooperativeMatrices.name) }
    if physical.matrices.bfloat16 != nil { names.append(CooperativeMatrices.bfloat16Name) }
    if !physical.workgroupMatrices.isEmpty { names.append(WorkgroupMatrices.name) }
    self.names = names
  }

  /// Calls `body` with `info` asking for them.
  func enabled<Result>(in info: inout VkDeviceCreateInfo, _ body: (inout VkDeviceCreateInfo) -> Result)
    -> Result
  {
    var storage = VkPhysicalDevice16BitStorageFeatures()
    storage.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES
    storage.storageBuffer16BitAccess = VkBool32(VK_TRUE)
    var control = VkPhysicalDeviceSubgroupSizeControlFeatures()
    control.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES
    control.subgroupSizeControl = VkBool32(VK_TRUE)
    control.computeFullSubgroups = VkBool32(VK_TRUE)
    var halves = VkPhysicalDeviceShaderFloat16Int8Features()
    halves.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES
    halves.shaderFloat16 = VkBool32(VK_TRUE)
    var model = VkPhysicalDeviceVulkanMemoryModelFeatures()
    model.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES
    model.vulkanMemoryModel = VkBool32(VK_TRUE)
    var matrices = CooperativeMatrixFeatures()
    matrices.sType = CooperativeMatrices.featuresType
    matrices.cooperativeMatrix = VkBool32(VK_TRUE)
    var bfloats = BFloat16Features()
    bfloats.sType = CooperativeMatrices.bfloat16FeaturesType
    bfloats.type = VkBool32(VK_TRUE)
    bfloats.cooperativeMatrix = VkBool32(VK_TRUE)
    var workgroups = WorkgroupMatrixFeatures()
    workgroups.sType = WorkgroupMatrices.featuresType
    workgroups.workgroupScope = VkBool32(VK_TRUE)
    workgroups.flexibleDimensions = VkBool32(VK_TRUE)
    workgroups.perElementOperations = VkBool32(VK_TRUE)
    workgroups.tensorAddressing = VkBool32(VK_TRUE)
    var maintenance = VkPhysicalDeviceMaintenance4Features()
    maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES
    maintenance.maintenance4 = VkBool32(VK_TRUE)
    var reports = VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR()
    reports.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR
    reports.pipelineExecutableInfo = VkBool32(VK_TRUE)

    // Every Vulkan 1.2 device has them.
    var timelines = VkPhysicalDeviceTimelineSemaphoreFeatures()
    timelines.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES
    timelines.timelineSemaphore = VkBool32(VK_TRUE)

    let chain = FeatureChain()
    chain.add(timelines, \.pNext)
    if physical.has16BitStorage { chain.add(storage, \.pNext) }
    if physical.controlsSubgroupSize { chain.add(control, \.pNext) }
    if physical.matrices.float16 != nil { chain.add(halves, \.pNext) }
    if !physical.matrices.isEmpty {
      chain.add(model, \.pNext)
      chain.add(matrices, \.pNext)
    }
    if physical.matrices.bfloat16 != nil { chain.add(bfloats, \.pNext) }
    if !physical.workgroupMatrices.isEmpty {
      chain.add(workgroups, \.pNext)
      chain.add(maintenance, \.pNext)
    }
    if isReporting { chain.add(reports, \.pNext) }
    info.pNext = UnsafeRawPointer(chain.first)
    return withExtendedLifetime(chain) {
      withNames { names in
        info.enabledExtensionCount = UInt32(names.count)
        return names.withUnsafeBufferPointer { names in
          info.ppEnabledExtensionNames = names.baseAddress
          return body(&info)
        }
      }
    }
  }

  private func withNames<Result>(_ body: ([UnsafePointer<CChar>?]) -> Result) -> Result {
    let copies = names.map { $0.utf8CString }
    func collect(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> Result {
      guard index < copies.count else { return body(pointers) }
      return copies[index].withUnsafeBufferPointer { collect(index + 1, pointers + [$0.baseAddress]) }
    }
    return collect(0, [])
  }
}
