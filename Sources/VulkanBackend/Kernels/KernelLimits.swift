import CVulkan

/// What the choice and the launch of kernels depend on.
struct KernelLimits: Equatable {
  /// Every binding's offset is a multiple of this, in bytes.
  var offsetAlignment: Int
  /// The most bytes that one binding shows.
  var maxRange: Int
  /// The most bindings of one kernel.
  var maxBindings: Int
  /// The most invocations of a workgroup.
  var maxInvocations: Int
  /// Whether the device is the CPU: few fat invocations without barriers suit it.
  var isSoftware: Bool
  /// Invocations of a workgroup where products are computed by the lanes of a subgroup: on a software device whose subgroups
  /// can hand values around.
  var lanes: Int?
  /// What matrix units multiply.
  var matrices: CooperativeMatrices
  /// Those of whole workgroups.
  var workgroupMatrices = WorkgroupMatrices()
  /// Invocations of a subgroup, and whether a kernel may insist on that.
  var subgroupSize: Int
  var controlsSubgroupSize: Bool
  /// How many numbers an invocation can keep.
  var registers = RegisterBudget.usual
  /// Workgroups of `matmul/tile.glsl` that fill the device well.
  var fullWorkgroups = 256
  /// Whether generated kernels may ask that NaN, ±inf and −0 are kept.
  var preservesSpecialFloats: Bool
  /// Whether kernels may read and write 16-bit elements.
  var has16BitStorage: Bool
}

extension KernelLimits {
  /// The most bytes of a tensor that surely fit a binding, wherever the tensor begins.
  var room: Int { maxRange - offsetAlignment - 4 }

  /// Has a software device run the kernels that are meant for GPUs with so many registers.
  mutating func takeGPUKernels(_ registers: RegisterBudget = .usual) {
    isSoftware = false
    lanes = nil
    self.registers = registers
  }

  init(_ device: PhysicalDevice) {
    self.init(
      offsetAlignment: Int(device.limits.minStorageBufferOffsetAlignment),
      maxRange: Int(device.limits.maxStorageBufferRange),
      maxBindings: Int(device.limits.maxPerStageDescriptorStorageBuffers),
      maxInvocations: Int(device.limits.maxComputeWorkGroupInvocations), isSoftware: device.isSoftware,
      // More than 8 lanes would need more sums than compilers take.
      lanes: device.isSoftware && device.canShuffle ? min(8, device.subgroupSize) : nil,
      // Mesa 26.2 crashes on convolutions with matrices where llvmpipe's vectors have 512 bits.
      matrices: device.isSoftware && device.subgroupSize > 8 ? CooperativeMatrices() : device.matrices,
      workgroupMatrices: device.workgroupMatrices,
      subgroupSize: device.subgroupSize,
      controlsSubgroupSize: device.controlsSubgroupSize, registers: device.registers,
      preservesSpecialFloats: device.preservesSpecialFloats, has16BitStorage: device.has16BitStorage)
  }
}
