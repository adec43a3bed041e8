import CVulkan

/// How many numbers an invocation can keep in registers. Vulkan does not tell; what drivers' compilers do with these kernels does
/// (`Tools/drivers/check`).
enum RegisterBudget: Equatable {
  /// Of AMD's, NVIDIA's and others' GPUs: about 255 for an invocation, some 64 where a workgroup has 1024.
  case usual
  /// NVIDIA's with Mesa's compiler, which keeps fewer numbers in as many registers, and arrays of more than 32 in none.
  case tight
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
    // Mesa's NVK.
    case 24: self = .tight
    default: self = .usual
    }
  }

  /// How many times 64 rows a workgroup of `matmul/tile.glsl` computes.
  var bands: Int { self == .usual || self == .tight ? 2 : 1 }

  /// Whether a subgroup of 32 has room for the sums of 64 × 64 outputs in `matmul/coop.glsl`, with all that they are made of.
  var holdsLargeMatrices: Bool { self != .tight }

  /// Elements that an invocation of a workgroup may keep in `norm/whole*.comp`.
  func elements(threads: Int) -> Int {
    switch self {
    case .usual: threads > 512 ? 32 : 64
    case .tight, .small: threads > 512 ? 16 : 32
    case .scarce: 8192 / threads
    }
  }
}
