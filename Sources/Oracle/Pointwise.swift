import Foundation
import SfumatoGraph

extension BinaryOp {
  /// Integers wrap; the maximum with a NaN is NaN; comparisons with a NaN are false.
  func evaluate(_ a: Double, _ b: Double, _ dtype: DType) -> Double {
    switch (self, dtype) {
    case (.add, .i32): Double(Int32(a) &+ Int32(b))
    case (.mul, .i32): Double(Int32(a) &* Int32(b))
    case (.add, .u32): Double(UInt32(a) &+ UInt32(b))
    case (.mul, .u32): Double(UInt32(a) &* UInt32(b))
    case (.add, _): a + b
    case (.mul, _): a * b
    case (.max, _): a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
    case (.pow, _): Foundation.pow(a, b)
    case (.less, _): a < b ? 1 : 0
    case (.equal, _): a == b ? 1 : 0
    }
  }
}

/// Float to integer truncates towards zero, held inside the range, NaN to 0; integers wrap into each other; anything but
/// zero is true.
func convert(_ x: Double, to dtype: DType, from source: DType) -> Double {
  switch dtype {
  case .f32, .f16, .bf16: x
  case .bool: x == 0 ? 0 : 1
  case .i32:
    if source == .u32 {
      Double(Int32(bitPattern: UInt32(x)))
    } else {
      clamp(x, Double(Int32.min), Double(Int32.max))
    }
  case .u32:
    if source == .i32 { Double(UInt32(bitPattern: Int32(x))) } else { clamp(x, 0, Double(UInt32.max)) }
  }
}

private func clamp(_ x: Double, _ low: Double, _ high: Double) -> Double {
  x.isNaN ? 0 : min(max(x.rounded(.towardZero), low), high)
}
