@testable import SfumatoVulkanBackend

extension KernelLimits {
  /// Those of a GPU as there are many, without matrix units; tests change what they are about.
  static let ofGPU = KernelLimits(
    offsetAlignment: 16, maxRange: 1 << 27, maxBindings: 16, maxInvocations: 1024, isSoftware: false,
    lanes: nil,
    matrices: CooperativeMatrices(), subgroupSize: 32, controlsSubgroupSize: true,
    preservesSpecialFloats: true,
    has16BitStorage: true)
}
