import SfumatoGraph
import SfumatoNN
import SfumatoRandom

/// Says nothing of some images, drawn at random, so that one network learns both distributions (Ho and Salimans, 2022).
public struct ConditionDropout: Hashable, Sendable {
  /// The probability that nothing is said of an image.
  public let rate: Double

  public init(rate: Double) { self.rate = rate }

  /// `conditions` without those of some images, drawn from the step's key; all conditions of an image go together.
  ///
  /// - Parameter key: u32[5]; see `Op.randomBits`.
  public func callAsFunction(_ conditions: Conditioning, key: Tensor) throws -> Conditioning {
    guard rate > 0, let count = conditions.parts.first?.values.first?.shape[0] else { return conditions }
    let drawn = try key.uniform(.conditionDropout, [count])
    return try conditions.replaced(by: conditions.null(), where: drawn.isLess(than: drawn.splat(rate)))
  }
}
