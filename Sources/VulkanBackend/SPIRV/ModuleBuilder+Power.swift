/// The general power, with IEEE 754's special cases.
///
/// The logarithm is carried in two floats, since an error of one ulp in y ln x is one of up to 88 ulp in x^y.
extension ModuleBuilder {
  /// A sum of two floats, the second much smaller.
  private struct Pair {
    var high: ID
    var low: ID
  }

  mutating func power(_ x: ID, _ y: ID) -> ID {
    let magnitude = absolute(x)
    let logarithm = pairLogarithm(magnitude)
    let bounded = clamp(y, -0x1p100, 0x1p100)
    let product = twoProduct(bounded, logarithm.high)
    let low = add(product.low, multiply(bounded, logarithm.low))
    let isHuge = isLess(constant(200 as Float), absolute(product.high))
    let correction = select(isHuge, constant(0 as Float), low)
    let y0 = exponential(product.high, plus: correction)
    return powerEdges(x, y, magnitude, y0)
  }

  /// ln of a positive finite number, within about 2^-30.
  private mutating func pairLogarithm(_ x: ID) -> Pair {
    let one = constant(1 as Float)
    let (m, e) = splitExponent(x)
    let f = subtract(m, one)
    // s = f / (1 + m) in two floats: the rest of the division, divided again.
    let d = add(m, one)
    let dLow = subtract(m, subtract(d, one))
    let s = divide(f, d)
    let back = twoProduct(s, d)
    let rest = subtract(subtract(subtract(f, back.high), back.low), multiply(s, dLow))
    let sLow = divide(rest, d)
    // ln m = 2 s + s³ (2/3 + 2/5 s² + …).
    let square = multiply(s, s)
    let series = polynomial(square, [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3])
    let tail = multiply(multiply(s, square), series)
    let high = twoSum(multiply(e, constant(Self.ln2High)), add(s, s))
    var low = add(high.low, multiply(e, constant(Self.ln2Low)))
    low = add(low, add(tail, add(sLow, sLow)))
    return twoSum(high.high, low)
  }

  /// a + b and what its rounding lost (Knuth).
  private mutating func twoSum(_ a: ID, _ b: ID) -> Pair {
    let sum = add(a, b)
    let bPart = subtract(sum, a)
    let aPart = subtract(sum, bPart)
    return Pair(high: sum, low: add(subtract(a, aPart), subtract(b, bPart)))
  }

  /// a b and what its rounding lost, by halves of 12 bits (Dekker).
  private mutating func twoProduct(_ a: ID, _ b: ID) -> Pair {
    let product = multiply(a, b)
    let (aHigh, aLow) = halves(a)
    let (bHigh, bLow) = halves(b)
    let first = subtract(multiply(aHigh, bHigh), product)
    let cross = add(multiply(aHigh, bLow), multiply(aLow, bHigh))
    return Pair(high: product, low: add(add(first, cross), multiply(aLow, bLow)))
  }

  private mutating func halves(_ a: ID) -> (high: ID, low: ID) {
    let high = float(bits: emit(.bitwiseAnd, uint, bits(a), constant(0xffff_f000 as UInt32)))
    return (high, subtract(a, high))
  }

  private mutating func powerEdges(_ x: ID, _ y: ID, _ magnitude: ID, _ finite: ID) -> ID {
    let zero = constant(0 as Float)
    let one = constant(1 as Float)
    let infinity = constant(Float.infinity)
    let whole = isEqual(emit(.trunc, float, y), y)
    let halfOfY = multiply(y, constant(0.5 as Float))
    let isEven = isEqual(emit(.trunc, float, halfOfY), halfOfY)
    let isOdd = both(whole, not(isEven))
    let yIsNegative = isLess(y, zero)
    // |x| is 0 or ∞, y is ±∞: the limits.
    let grows = select(yIsNegative, zero, infinity)
    let shrinks = select(yIsNegative, infinity, zero)
    var result = select(isEqual(magnitude, zero), shrinks, finite)
    result = select(isEqual(magnitude, infinity), grows, result)
    let yIsInfinite = isEqual(absolute(y), infinity)
    let limit = select(isLess(magnitude, one), shrinks, grows)
    result = select(yIsInfinite, limit, result)
    // The sign, and the domain.
    let xBits = bits(x)
    let xSign = emit(.bitwiseAnd, uint, xBits, constant(0x8000_0000 as UInt32))
    let signed = float(bits: emit(.bitwiseOr, uint, bits(result), xSign))
    result = select(isOdd, signed, result)
    let isOutside = both(both(isLess(x, zero), isLess(constant(-Float.infinity), x)), not(whole))
    result = select(isOutside, constant(Float.nan), result)
    let isBad = either(isNaN(x), isNaN(y))
    result = select(isBad, constant(Float.nan), result)
    let isUnity = either(
      isEqual(y, zero), either(isEqual(x, one), both(isEqual(magnitude, one), yIsInfinite)))
    return select(isUnity, one, result)
  }
}
