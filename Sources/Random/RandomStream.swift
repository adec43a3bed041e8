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

  /// `count` words, the first being number `start`: each block is computed once, where `word` computes one a word.
  public func words(_ count: Int, from start: Int = 0) -> [UInt32] {
    Array(unsafeUninitializedCapacity: count) { words, filled in
      var known = block(UInt32(truncatingIfNeeded: start / 4))
      for index in 0..<count {
        let number = start + index
        if number % 4 == 0 { known = block(UInt32(truncatingIfNeeded: number / 4)) }
        words[index] = known[number % 4]
      }
      filled = count
    }
  }

  /// A uniform number in the open interval (0, 1), from the 23 high bits of a word.
  @inlinable
  public static func uniform(_ word: UInt32) -> Double { (Double(word >> 9) + 0.5) * 0x1p-23 }

  /// A uniform number in the open interval (0, 1), from the 23 high bits of word `index`.
  @inlinable
  public func uniform(_ index: Int) -> Double { Self.uniform(word(index)) }

  /// `count` uniform numbers, the first being number 0.
  public func uniforms(_ count: Int) -> [Double] { words(count).map(Self.uniform) }

  /// A standard normal number: Box-Muller on uniforms 2·index and 2·index + 1.
  public func normal(_ index: Int) -> Double {
    Self.normal(uniform(2 * index), uniform(2 * index + 1))
  }

  private static func normal(_ first: Double, _ second: Double) -> Double {
    (-2 * log(first)).squareRoot() * cos(2 * Double.pi * second)
  }

  /// `count` standard normal numbers, the first being number `start`.
  public func normals(_ count: Int, from start: Int = 0) -> [Float] {
    normals(count, from: start) { Float($0) }
  }

  /// The same, each as `transform` has it.
  public func normals(_ count: Int, from start: Int = 0, _ transform: (Double) -> Float) -> [Float] {
    let words = words(2 * count, from: 2 * start)
    return (0..<count).map {
      transform(Self.normal(Self.uniform(words[2 * $0]), Self.uniform(words[2 * $0 + 1])))
    }
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
