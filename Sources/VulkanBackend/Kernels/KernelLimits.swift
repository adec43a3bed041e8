import CVulkan

/// What the choice and the launch of kernels depend on.
struct KernelLimits: Equatable {
  /// Every binding's offset is a multiple of this, in bytes.
  var offsetAlignment: Int
  /// The most bytes that one binding shows.
  var maxRange: Int
  /// The most bindings of one kernel.
  var maxBindings: Int
  /// Whether the device is the CPU: few fat invocations without barriers suit it.
  var isSoftware: Bool
  /// Whether generated kernels may ask that NaN, ±inf and −0 are kept.
  var preservesSpecialFloats: Bool
  /// Whether kernels may read and write 16-bit elements.
  var has16BitStorage: Bool
}

extension KernelLimits {
  init(_ device: PhysicalDevice) {
    self.init(
      offsetAlignment: Int(device.limits.minStorageBufferOffsetAlignment),
      maxRange: Int(device.limits.maxStorageBufferRange),
      maxBindings: Int(device.limits.maxPerStageDescriptorStorageBuffers), isSoftware: device.isSoftware,
      preservesSpecialFloats: device.preservesSpecialFloats, has16BitStorage: device.has16BitStorage)
  }
}
