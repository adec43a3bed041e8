import CVulkan
import SfumatoGraph

extension WorkgroupMatrices {
  static let name = "VK_NV_cooperative_matrix2"
  /// VkStructureType and VkScopeKHR of the extension, which older headers lack.
  static let featuresType = VkStructureType(1_000_593_000)
  private static let propertiesType = VkStructureType(1_000_593_001)
  private static let limitsType = VkStructureType(1_000_593_002)
  private static let workgroupScope: Int32 = 2

  /// What a device with the extensions `extensions` and the limits `limits` offers for operands that `matrices` can multiply; nothing where
  /// something else is missing that the kernels need.
  init(
    _ functions: InstanceFunctions, _ handle: VkPhysicalDevice, extensions: Set<String>, apiVersion: UInt32,
    limits: VkPhysicalDeviceLimits, matrices: CooperativeMatrices
  ) {
    self.init()
    // The kernels are SPIR-V 1.6, which Vulkan 1.3 knows; those of bfloat16 declare arithmetic of float16, too.
    guard extensions.contains(Self.name), matrices.float16 != nil, apiVersion >= Instance.apiVersion,
      let properties = functions.getFlexibleMatrixProperties, Self.hasFeatures(functions, handle)
    else { return }
    var count: UInt32 = 0
    guard properties(handle, &count, nil) == VK_SUCCESS else { return }
    var template = FlexibleMatrixProperties()
    template.sType = Self.propertiesType
    var all = [FlexibleMatrixProperties](repeating: template, count: Int(count))
    guard properties(handle, &count, &all) == VK_SUCCESS else { return }
    granularities = Self.granularities(all.prefix(Int(count))).filter { matrices[$0.dtype] != nil }
    let own = Self.limits(functions, handle)
    maxDimension = Int(own.maxDimension)
    maxInvocations = Int(
      min(own.maxWorkgroupSize, limits.maxComputeWorkGroupInvocations, limits.maxComputeWorkGroupSize.0))
    sharedByteCount = max(0, Int(limits.maxComputeSharedMemorySize) - Int(own.reservedSharedMemory))
  }

  /// Those of what a driver lists that are of workgroups, with 16-bit operands and sums in float32.
  static func granularities(_ all: some Collection<FlexibleMatrixProperties>) -> [Granularity] {
    all.compactMap {
      guard $0.scope == workgroupScope, $0.AType == $0.BType, $0.saturatingAccumulation == VK_FALSE,
        $0.CType == CooperativeMatrices.float32Component,
        $0.ResultType == CooperativeMatrices.float32Component,
        min($0.MGranularity, $0.NGranularity, $0.KGranularity) > 0
      else { return nil }
      let dtype: DType
      switch $0.AType {
      case CooperativeMatrices.float16Component: dtype = .f16
      case CooperativeMatrices.bfloat16Component: dtype = .bf16
      default: return nil
      }
      return Granularity(
        dtype: dtype, m: Int($0.MGranularity), n: Int($0.NGranularity), k: Int($0.KGranularity),
        invocations: Int($0.workgroupInvocations))
    }
  }

  private static func hasFeatures(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice) -> Bool {
    var matrices = WorkgroupMatrixFeatures()
    matrices.sType = featuresType
    // The size of their workgroups is a specialization constant by number.
    var maintenance = VkPhysicalDeviceMaintenance4Features()
    maintenance.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_4_FEATURES
    functions.getFeatures(&matrices, of: handle)
    functions.getFeatures(&maintenance, of: handle)
    return maintenance.maintenance4 == VK_TRUE && matrices.workgroupScope == VK_TRUE
      && matrices.flexibleDimensions == VK_TRUE && matrices.perElementOperations == VK_TRUE
      && matrices.tensorAddressing == VK_TRUE
  }

  private static func limits(
    _ functions: InstanceFunctions, _ handle: VkPhysicalDevice
  ) -> WorkgroupMatrixLimits {
    var limits = WorkgroupMatrixLimits()
    limits.sType = limitsType
    functions.getProperties(&limits, of: handle)
    return limits
  }
}
