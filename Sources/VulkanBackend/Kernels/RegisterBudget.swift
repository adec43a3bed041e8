import CVulkan

/// How many numbers an invocation can keep in registers. Vulkan does not tell; what drivers' compilers do with these kernels does
/// (`Tools/drivers/check`).
enum RegisterBudget: Equatable {
  /// Of AMD's, NVIDIA's and others' GPUs: about 255 for an invocation, some 64 where a workgroup has 1024.
  case usual
  /// Of Apple's: 128 for an invocation.
  case small
  /// Of Adreno's: 192 for an invocation, 48 where a workgroup has 1024, about half of which hold addresses.
  case scarce

  /// - Parameter driver: a `VkDriverId`. Younger ones than the oldest supported header has are told by their numbers.
  init(driver: UInt32) {
    switch driver {
    // MoltenVK, Mesa's Honeykrisp and KosmicKrisp.
    case 14, 26, 28: self = .small
    // Qualcomm's own, Mesa's Turnip.
    case 8, 18: self = .scarce
    default: self = .usual
    }
  }

  /// How many times 64 rows a workgroup of `matmul/tile.glsl` computes.
  var bands: Int { self == .usual ? 2 : 1 }

  /// Elements that an invocation of a workgroup may keep in `norm/whole*.comp`.
  func elements(threads: Int) -> Int {
    switch self {
    case .usual: threads > 512 ? 32 : 64
    case .small: threads > 512 ? 16 : 32
    case .scarce: 8192 / threads
    }
  }
}
