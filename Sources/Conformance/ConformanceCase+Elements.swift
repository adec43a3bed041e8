import SfumatoBackend
import SfumatoGraph
import SfumatoRandom

/// What the elements of an input are drawn from.
public enum Distribution: Sendable, Hashable {
  case normal
  /// Gaussian with mean 0.
  case scaled(Double)
  case uniform(Double, Double)
  /// Whole numbers, the upper bound included.
  case integers(Int, Int)
  /// Normal numbers with NaN, both infinities, both zeros and very large numbers among them.
  case special
}

extension ConformanceCase {
  /// The elements of input `position`, numbers of its type, the same for every run with this seed.
  public func elements(_ position: Int, seed: UInt64 = 1) -> [Double] {
    let input = inputs[position]
    let stream = RandomStream(seed: seed, step: UInt64(position), purpose: .noise)
    let drawn = (0..<input.type.count).map { input.distribution.element($0, of: stream) }
    return input.type.dtype.rounded(drawn)
  }
}

extension Distribution {
  fileprivate func element(_ index: Int, of stream: RandomStream) -> Double {
    switch self {
    case .normal: stream.normal(index)
    case .scaled(let deviation): deviation * stream.normal(index)
    case .uniform(let low, let high): low + (high - low) * stream.uniform(index)
    case .integers(let low, let high): Double(low + Int(stream.word(index) % UInt32(high - low + 1)))
    case .special: Self.special(stream, index)
    }
  }

  private static func special(_ stream: RandomStream, _ index: Int) -> Double {
    switch stream.word(index) % 12 {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3: 0
    case 4: -0.0
    case 5: 1e-30
    case 6: 3e38
    default: stream.normal(index)
    }
  }
}

extension DType {
  /// The numbers of this type nearest to `values`.
  func rounded(_ values: [Double]) -> [Double] {
    switch self {
    case .f32: values.map { Double(Float($0)) }
    case .f16: values.map { Double(Float(halfBits: Float($0).halfBits)) }
    case .bf16: values.map { Double(Float(bitPattern: UInt32(Float($0).bfloat16Bits) << 16)) }
    case .i32, .u32, .bool: values
    }
  }

  /// The magnitude from which on numbers round to infinity.
  var overflow: Double {
    switch self {
    case .f16: 65520
    case .bf16: 0x1.FFp127
    case .f32: 0x1.FFFFFFp127
    case .i32, .u32, .bool: .infinity
    }
  }

  /// Differences whose squares add up to this are rounding of a zero, not an error.
  var negligible: Double {
    switch self {
    // A quarter of the smallest number, 2^-24, squared, a thousand times.
    case .f16: 2e-13
    case .f32, .bf16: 1e-30
    case .i32, .u32, .bool: 0
    }
  }
}
