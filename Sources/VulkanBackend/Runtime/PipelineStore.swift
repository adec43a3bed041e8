import CVulkan
import SfumatoBackend

/// The compute pipelines of a device, each made when it is first asked for.
final class PipelineStore {
  struct Pipeline: @unchecked Sendable {
    let handle: VkPipeline
    let layout: VkPipelineLayout
    let setLayout: VkDescriptorSetLayout
  }

  struct Layout: @unchecked Sendable {
    let set: VkDescriptorSetLayout
    let pipeline: VkPipelineLayout
  }

  /// The push-constant bytes of every layout: what each device has at least.
  static let pushBytes: UInt32 = 128

  var functions: DeviceFunctions
  var labels: DebugLabels?
  let device: VkDevice
  /// Whether the compiler gathers what `report` asks for.
  private let isReporting: Bool
  private let cache: VkPipelineCache?
  private var layouts: [Int: Layout] = [:]
  private var pipelines: [Kernel: Pipeline] = [:]
  /// What `report` has found.
  var reports: [Kernel: KernelReport] = [:]

  private let file: PipelineCacheFile?
  /// How many pipelines the file knows of.
  private var keptCount = 0

  /// - Parameters:
  ///   - isReporting: whether the device was opened to report of its kernels.
  ///   - file: what other processes have compiled; a driver takes of it what is its own.
  init(
    _ functions: DeviceFunctions, _ device: VkDevice, labels: DebugLabels? = nil, isReporting: Bool = false,
    file: PipelineCacheFile? = nil
  ) throws(VulkanError) {
    self.isReporting = isReporting
    self.functions = functions
    self.device = device
    self.labels = labels
    self.file = file
    var cache: VkPipelineCache?
    let result = (file?.read() ?? []).withUnsafeBytes { known in
      var info = VkPipelineCacheCreateInfo()
      info.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO
      info.initialDataSize = known.count
      info.pInitialData = known.baseAddress
      return functions.createPipelineCache(device, &info, nil, &cache)
    }
    try check(result, "vkCreatePipelineCache")
    self.cache = cache
  }

  /// Writes what was compiled to the file, where there is more than it knows of. What cannot be kept is compiled again.
  func keep() {
    guard let file, pipelines.count > keptCount else { return }
    keptCount = pipelines.count
    var size = 0
    guard functions.getPipelineCacheData(device, cache, &size, nil) == VK_SUCCESS else { return }
    var bytes = [UInt8](repeating: 0, count: size)
    guard functions.getPipelineCacheData(device, cache, &size, &bytes) == VK_SUCCESS else { return }
    file.write(Array(bytes.prefix(size)))
  }

  deinit {
    for pipeline in pipelines.values { functions.destroyPipeline(device, pipeline.handle, nil) }
    for layout in layouts.values {
      functions.destroyPipelineLayout(device, layout.pipeline, nil)
      functions.destroyDescriptorSetLayout(device, layout.set, nil)
    }
    functions.destroyPipelineCache(device, cache, nil)
  }

  /// How many pipelines were made.
  var count: Int { pipelines.count }

  /// The pipeline of a kernel.
  func pipeline(_ kernel: Kernel) throws(VulkanError) -> Pipeline {
    if let known = pipelines[kernel] { return known }
    let made = try compile(kernel, try layout(bindings: kernel.bindings))
    keep(made, of: kernel)
    return made
  }

  /// Whether a kernel's pipeline was made already.
  func has(_ kernel: Kernel) -> Bool { pipelines[kernel] != nil }

  /// Takes over a pipeline that was compiled.
  func keep(_ pipeline: Pipeline, of kernel: Kernel) {
    labels?.namePipeline(pipeline.handle, kernel.name)
    pipelines[kernel] = pipeline
  }

  /// Compiles a kernel; changes nothing here, so that several threads may do so at once.
  func compile(_ kernel: Kernel, _ layout: Layout) throws(VulkanError) -> Pipeline {
    let module = try shaderModule(kernel.code)
    defer { functions.destroyShaderModule(device, module, nil) }
    let handle = try create(module, kernel, layout.pipeline)
    return Pipeline(handle: handle, layout: layout.pipeline, setLayout: layout.set)
  }

  private func create(
    _ module: VkShaderModule, _ kernel: Kernel, _ layout: VkPipelineLayout
  ) throws(VulkanError) -> VkPipeline {
    let constants = kernel.constants
    var size = VkPipelineShaderStageRequiredSubgroupSizeCreateInfo()
    size.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO
    size.requiredSubgroupSize = UInt32(kernel.subgroupSize ?? 0)
    let entries = constants.indices.map {
      VkSpecializationMapEntry(constantID: UInt32($0), offset: UInt32($0 * 4), size: 4)
    }
    var handle: VkPipeline?
    let result = entries.withUnsafeBufferPointer { entries in
      constants.withUnsafeBytes { data in
        var specialization = VkSpecializationInfo(
          mapEntryCount: UInt32(entries.count), pMapEntries: entries.baseAddress, dataSize: data.count,
          pData: data.baseAddress)
        return withUnsafePointer(to: &specialization) { specialization in
          "main".withCString { name in
            var info = VkComputePipelineCreateInfo()
            info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO
            info.layout = layout
            if isReporting { info.flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR.rawValue }
            info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO
            info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT
            info.stage.module = module
            info.stage.pName = name
            info.stage.pSpecializationInfo = specialization
            return withUnsafeMutablePointer(to: &size) { size in
              if kernel.subgroupSize != nil {
                info.stage.pNext = UnsafeRawPointer(size)
                info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT.rawValue
              }
              return functions.createComputePipelines(device, cache, 1, &info, nil, &handle)
            }
          }
        }
      }
    }
    try check(result, "vkCreateComputePipelines")
    guard let handle else { throw .callFailed(call: "vkCreateComputePipelines", result: result.rawValue) }
    return handle
  }

  private func shaderModule(_ code: Kernel.Code) throws(VulkanError) -> VkShaderModule {
    switch code {
    case .generated(let words), .linked(_, let words):
      return try words.withUnsafeBufferPointer { words throws(VulkanError) in try shaderModule(words) }
    case .embedded(let name):
      guard let shader = EmbeddedShaders.byName[name] else {
        throw .unsupported("the shader variant \(name)")
      }
      return try shaderModule(shader)
    }
  }

  private func shaderModule(_ words: UnsafeBufferPointer<UInt32>) throws(VulkanError) -> VkShaderModule {
    var info = VkShaderModuleCreateInfo()
    info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO
    info.codeSize = words.count * 4
    info.pCode = words.baseAddress
    var module: VkShaderModule?
    try check(functions.createShaderModule(device, &info, nil, &module), "vkCreateShaderModule")
    guard let module else { throw .callFailed(call: "vkCreateShaderModule", result: 0) }
    return module
  }

  /// What kernels with so many storage buffers bind them by.
  func layout(bindings count: Int) throws(VulkanError) -> Layout {
    if let known = layouts[count] { return known }
    let bindings = (0..<count).map { index in
      var binding = VkDescriptorSetLayoutBinding()
      binding.binding = UInt32(index)
      binding.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER
      binding.descriptorCount = 1
      binding.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT.rawValue
      return binding
    }
    var set: VkDescriptorSetLayout?
    let setResult = bindings.withUnsafeBufferPointer { bindings in
      var info = VkDescriptorSetLayoutCreateInfo()
      info.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO
      info.bindingCount = UInt32(bindings.count)
      info.pBindings = bindings.baseAddress
      return functions.createDescriptorSetLayout(device, &info, nil, &set)
    }
    try check(setResult, "vkCreateDescriptorSetLayout")
    guard let set else { throw .callFailed(call: "vkCreateDescriptorSetLayout", result: 0) }
    do throws(VulkanError) {
      let layout = Layout(set: set, pipeline: try pipelineLayout(set))
      layouts[count] = layout
      return layout
    } catch {
      functions.destroyDescriptorSetLayout(device, set, nil)
      throw error
    }
  }

  private func pipelineLayout(_ set: VkDescriptorSetLayout) throws(VulkanError) -> VkPipelineLayout {
    var layout: VkPipelineLayout?
    var push = VkPushConstantRange(
      stageFlags: VK_SHADER_STAGE_COMPUTE_BIT.rawValue, offset: 0, size: PipelineStore.pushBytes)
    let result = withUnsafePointer(to: Optional(set)) { set in
      withUnsafePointer(to: &push) { push in
        var info = VkPipelineLayoutCreateInfo()
        info.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO
        info.setLayoutCount = 1
        info.pSetLayouts = set
        info.pushConstantRangeCount = 1
        info.pPushConstantRanges = push
        return functions.createPipelineLayout(device, &info, nil, &layout)
      }
    }
    try check(result, "vkCreatePipelineLayout")
    guard let layout else { throw .callFailed(call: "vkCreatePipelineLayout", result: 0) }
    return layout
  }
}
