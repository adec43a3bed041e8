import SfumatoGraph

/// Σ(a − b)² / Σb² over finite elements; infinity when sizes or non-finite elements differ. A reference too large for
/// `dtype` counts as infinite.
///
/// - Parameter smallest: a sum of squared differences up to this counts as none; what `dtype` implies when nil.
public func normalizedError(
  _ found: [Double], _ expected: [Double], dtype: DType = .f32, smallest: Double? = nil
) -> Double {
  guard found.count == expected.count else { return .infinity }
  let smallest = smallest ?? dtype.negligible, overflow = dtype.overflow
  var difference = 0.0, magnitude = 0.0
  for (a, reference) in zip(found, expected) {
    let b = abs(reference) >= overflow ? reference * .infinity : reference
    if a.isNaN != b.isNaN { return .infinity }
    if a.isNaN { continue }
    if a.isInfinite || b.isInfinite {
      if a != b { return .infinity }
      continue
    }
    difference += (a - b) * (a - b)
    magnitude += b * b
  }
  if difference <= smallest { return 0 }
  return difference / max(magnitude, smallest)
}
