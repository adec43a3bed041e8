import Foundation
import SfumatoRandom

/// Where an image's noise lies: that of a seed, or on the path from one seed's to another's.
public struct NoisePoint: Hashable, Sendable {
  public var seed: UInt64
  public var target: UInt64
  /// 0 at `seed`, 1 at `target`.
  public var part: Double

  public init(_ seed: UInt64, to target: UInt64, part: Double) {
    self.seed = seed
    self.target = target
    self.part = part
  }

  public init(_ seed: UInt64) { self.init(seed, to: seed, part: 0) }

  /// `count` points from one seed to another, both among them.
  public static func path(from first: UInt64, to last: UInt64, count: Int) -> [NoisePoint] {
    (0..<count).map { NoisePoint(first, to: last, part: count > 1 ? Double($0) / Double(count - 1) : 0) }
  }

  /// A closed path through `seeds`, with `count` points from each one on to the next.
  public static func loop(through seeds: [UInt64], count: Int) -> [NoisePoint] {
    seeds.indices.flatMap { index in
      let next = seeds[(index + 1) % seeds.count]
      return (0..<count).map { NoisePoint(seeds[index], to: next, part: Double($0) / Double(count)) }
    }
  }

  /// `count` unit Gaussian numbers for `purpose`. Between seeds they lie on the great circle (Shoemake, 1985), so that they are as
  /// long as Gaussian noise is.
  func normals(_ count: Int, purpose: Purpose, step: Int = 0) -> [Float] {
    func drawn(_ seed: UInt64) -> [Float] {
      RandomStream(seed: seed, step: UInt64(step), purpose: purpose).normals(count)
    }
    let from = drawn(seed)
    if part == 0 || seed == target { return from }
    let to = drawn(target)
    if part == 1 { return to }
    func product(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let lengths = (product(from, from) * product(to, to)).squareRoot()
    let angle = acos(min(1, max(-1, product(from, to) / lengths)))
    // Nearly parallel: the great circle is a line.
    let isNarrow = sin(angle) < 1e-6
    let a = isNarrow ? 1 - part : sin((1 - part) * angle) / sin(angle)
    let b = isNarrow ? part : sin(part * angle) / sin(angle)
    return zip(from, to).map { Float(a * Double($0) + b * Double($1)) }
  }
}
