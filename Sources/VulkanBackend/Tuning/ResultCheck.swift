import SfumatoGraph

/// Whether results agree with those of the usual kernel, as far as kernels that add up in another order do.
struct ResultCheck {
  private let reference: [Float]
  private let largest: Float
  /// How far results may be apart, relative to the largest.
  let tolerance: Float

  /// - Parameter reference: what the usual kernel computes.
  /// - Returns: nil for what nothing can be held against: there are numbers that are not finite.
  init?(_ task: KernelTask, reference: [Float]) {
    guard reference.allSatisfy(\.isFinite) else { return nil }
    self.reference = reference
    largest = reference.reduce(0) { max($0, abs($1)) }
    tolerance = Self.tolerance(task.result.dtype, depth: task.depth)
  }

  /// Winograd's points cost about 1e-5 and other orders of sums less, so that 2⁻¹³ is far from both them and from what a wrong kernel
  /// computes. Matrix units may cut sums off after every addition, for which each product counts 2⁻²⁶; and results of 16 bits may
  /// be rounded to either neighbour.
  static func tolerance(_ dtype: DType, depth: Int) -> Float {
    let rounding: Float =
      switch dtype {
      case .f16: 0x1p-10
      case .bf16: 0x1p-7
      default: 0
      }
    return rounding + 0x1p-13 + Float(depth) * 0x1p-26
  }

  /// What is wrong with results; nil for nothing.
  func fault(in results: [Float]) -> String? {
    guard results.count == reference.count else { return "\(results.count) of \(reference.count) results" }
    var distance: Float = 0
    for (result, expected) in zip(results, reference) {
      guard result.isFinite else { return "results that are not finite" }
      distance = max(distance, abs(result - expected))
    }
    guard distance > tolerance * largest else { return nil }
    let share = largest > 0 ? distance / largest : .infinity
    return "off by \(share) of the largest result, \(tolerance) is allowed"
  }
}
