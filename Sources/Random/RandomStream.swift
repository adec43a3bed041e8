import Foundation

/// Draws for one (seed, step, purpose): a random-access sequence of 32-bit words.
///
/// Word i is word i mod 4 of `Philox(counter: (i / 4, purpose, step), key: seed)`; this is also the
/// definition of the graph's `randomBits`, so host and device draw the same words.
public struct RandomStream: Sendable {
  public var seed: UInt64
  public var step: UInt64
  public var purpose: Purpose

  public init(seed: UInt64, step: UInt64 = 0, purpose: Purpose) {
    self.seed = seed
    self.step = step
    self.purpose = purpose
  }

  /// The four words of block `block`.
  @inlinable
  public func block(_ block: UInt32) -> SIMD4<UInt32> {
    Philox.words(
      counter: SIMD4(
        block, purpose.rawValue, UInt32(truncatingIfNeeded: step), UInt32(truncatingIfNeeded: step >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
  }

  /// Word number `index`.
  @inlinable
  public func word(_ index: Int) -> UInt32 { block(UInt32(truncatingIfNeeded: index / 4))[index % 4] }

  /// A uniform number in the open interval (0, 1), from the 23 high bits of word `index`.
  @inlinable
  public func uniform(_ index: Int) -> Double { (Double(word(index) >> 9) + 0.5) * 0x1p-23 }

  /// A standard normal number: Box-Muller on uniforms 2·index and 2·index + 1.
  public func normal(_ index: Int) -> Double {
    (-2 * log(uniform(2 * index))).squareRoot() * cos(2 * Double.pi * uniform(2 * index + 1))
  }

  /// `count` standard normal numbers, the first being number `start`.
  public func normals(_ count: Int, from start: Int = 0) -> [Float] {
    (start..<start + count).map { Float(normal($0)) }
  }

  /// A permutation of `0..<count` (Fisher-Yates).
  public func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      let j = Int((UInt64(word(i)) * UInt64(i + 1)) >> 32)
      order.swapAt(i, j)
    }
    return order
  }
}
