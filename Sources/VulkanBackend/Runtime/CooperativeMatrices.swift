import CVulkan
import SfumatoGraph

/// What a device's matrix units multiply: M × K matrices by K × N ones of 16-bit numbers, with sums in float32, a subgroup at a
/// time (VK_KHR_cooperative_matrix).
struct CooperativeMatrix: Hashable {
  var m: Int
  var n: Int
  var k: Int
}

/// The matrices of a device, by the type of what is multiplied.
struct CooperativeMatrices: Equatable {
  var float16: CooperativeMatrix?
  var bfloat16: CooperativeMatrix?

  subscript(_ dtype: DType) -> CooperativeMatrix? {
    switch dtype {
    case .f16: float16
    case .bf16: bfloat16
    default: nil
    }
  }

  var isEmpty: Bool { float16 == nil && bfloat16 == nil }
}

extension CooperativeMatrices {
  static let name = "VK_KHR_cooperative_matrix"
  static let bfloat16Name = "VK_KHR_shader_bfloat16"
  /// VkStructureType, VkComponentTypeKHR and VkScopeKHR of the extensions, which older headers lack.
  static let featuresType = VkStructureType(1_000_506_000)
  static let bfloat16FeaturesType = VkStructureType(1_000_141_000)
  private static let propertiesType = VkStructureType(1_000_506_001)
  static let float16Component: Int32 = 0
  static let float32Component: Int32 = 1
  static let bfloat16Component: Int32 = 1_000_141_000
  private static let subgroupScope: Int32 = 3

  /// What a device with the extensions `extensions` offers; nothing where something else is missing that kernels need.
  init(_ functions: InstanceFunctions, _ handle: VkPhysicalDevice, extensions: Set<String>) {
    guard extensions.contains(Self.name), let properties = functions.getCooperativeMatrixProperties else {
      return
    }
    var matrices = CooperativeMatrixFeatures()
    matrices.sType = Self.featuresType
    var bfloats = BFloat16Features()
    bfloats.sType = Self.bfloat16FeaturesType
    var core = VkPhysicalDeviceVulkan12Features()
    core.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES
    functions.getFeatures(&matrices, of: handle)
    functions.getFeatures(&core, of: handle)
    let hasBFloats = extensions.contains(Self.bfloat16Name)
    if hasBFloats { functions.getFeatures(&bfloats, of: handle) }
    guard matrices.cooperativeMatrix == VK_TRUE, core.vulkanMemoryModel == VK_TRUE else { return }
    var count: UInt32 = 0
    guard properties(handle, &count, nil) == VK_SUCCESS else { return }
    var template = CooperativeMatrixProperties()
    template.sType = Self.propertiesType
    var all = [CooperativeMatrixProperties](repeating: template, count: Int(count))
    guard properties(handle, &count, &all) == VK_SUCCESS else { return }
    if core.shaderFloat16 == VK_TRUE { float16 = Self.best(all, Self.float16Component) }
    if hasBFloats, bfloats.type == VK_TRUE, bfloats.cooperativeMatrix == VK_TRUE {
      bfloat16 = Self.best(all, Self.bfloat16Component)
    }
  }

  /// The largest matrices that divide what kernels work on at once.
  private static func best(_ all: [CooperativeMatrixProperties], _ component: Int32) -> CooperativeMatrix? {
    all.filter {
      $0.AType == component && $0.BType == component && $0.CType == float32Component
        && $0.ResultType == float32Component && $0.scope == subgroupScope
        && [$0.MSize, $0.NSize].allSatisfy { [8, 16, 32].contains($0) } && [8, 16, 32].contains($0.KSize)
    }.map { CooperativeMatrix(m: Int($0.MSize), n: Int($0.NSize), k: Int($0.KSize)) }
      .max { $0.m * $0.n * $0.k < $1.m * $1.n * $1.k }
  }
}
