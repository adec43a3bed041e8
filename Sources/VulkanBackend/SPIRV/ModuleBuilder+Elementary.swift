import SfumatoGraph

/// Elementary functions within about 2 ulp over the whole range, NaN and ±inf included. Vulkan's own are much
/// coarser by specification (sin and cos 2^-11 absolute, exp 3 + 2|x| ulp).
extension ModuleBuilder {
  mutating func apply(_ op: UnaryOp, _ x: ID) -> ID {
    switch op {
    case .exp: return exponential(x)
    case .log: return logarithm(x)
    case .sin: return sine(x)
    case .cos: return cosine(x)
    case .tanh: return tangentHyperbolic(x)
    case .sqrt: return emit(.sqrt, float, x)
    case .reciprocal:
      let one = constant(1 as Float)
      return divide(one, x)
    case .erf: return errorFunction(x)
    }
  }

  /// ln 2 in two parts; the first has 15 bits, so that its product with an exponent is exact.
  static let ln2High: Float = 0x1.62e4p-1
  static let ln2Low: Float = 1.4286068203e-06

  /// n, r with x = n ln 2 + r and |r| ≤ ln(2) / 2, for |x| up to 150.
  private mutating func reduceByLn2(_ x: ID) -> (n: ID, r: ID) {
    let n = roundEven(multiply(x, constant(Float(1.4426950408889634))))
    let high = subtract(x, multiply(n, constant(Self.ln2High)))
    return (n, subtract(high, multiply(n, constant(Self.ln2Low))))
  }

  /// (e^r − 1 − r) for |r| ≤ ln(2) / 2, by its series.
  private mutating func exponentialTail(_ r: ID) -> ID {
    let series = polynomial(r, [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5])
    return multiply(multiply(r, r), series)
  }

  /// y 2^n for a whole float n between −252 and 254: two factors, since n may reach beyond one exponent.
  private mutating func scale(_ y: ID, by n: ID) -> ID {
    let whole = emit(.convertFToS, uint, n)
    let half = emit(.shiftRightArithmetic, uint, whole, constant(1 as UInt32))
    let rest = emit(.iSub, uint, whole, half)
    return multiply(multiply(y, powerOfTwo(half)), powerOfTwo(rest))
  }

  mutating func exponential(_ x: ID) -> ID { exponential(x, plus: constant(0 as Float)) }

  /// e^(x + correction), |correction| much smaller than x.
  mutating func exponential(_ x: ID, plus correction: ID) -> ID {
    let (n, r0) = reduceByLn2(clamp(x, -110, 95))
    let r = add(r0, correction)
    let y = add(add(exponentialTail(r), r), constant(1 as Float))
    let isFinite = not(isNaN(x))
    return select(isFinite, scale(y, by: n), x)
  }

  /// m, e with x = m 2^e, m in [√½, √2), for positive finite x.
  mutating func splitExponent(_ x: ID) -> (m: ID, e: ID) {
    let tiny = isLess(x, constant(Float.leastNormalMagnitude))
    let normal = select(tiny, multiply(x, constant(0x1p24 as Float)), x)
    // Moves the mantissa's range from [1, 2) to [√½, √2) by adding 1 − √½ to the bits.
    let moved = emit(.iSub, uint, bits(normal), constant(Float(0.70710678).bitPattern))
    let exponent = emit(.shiftRightArithmetic, uint, moved, constant(23 as UInt32))
    let shifted = emit(.shiftLeftLogical, uint, exponent, constant(23 as UInt32))
    let m = float(bits: emit(.iSub, uint, bits(normal), shifted))
    let e = emit(.convertSToF, float, exponent)
    let e24 = subtract(e, constant(24 as Float))
    return (m, select(tiny, e24, e))
  }

  mutating func logarithm(_ x: ID) -> ID {
    let (m, e) = splitExponent(x)
    let f = subtract(m, constant(1 as Float))
    // ln(1 + f) = f − f²/2 + s (f²/2 + R(s²)), s = f / (2 + f), R from the series of the inverse hyperbolic tangent.
    let s = divide(f, add(f, constant(2 as Float)))
    let square = multiply(s, s)
    let tail = multiply(square, polynomial(square, [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3]))
    let half = multiply(multiply(f, f), constant(0.5 as Float))
    let low = add(multiply(s, add(half, tail)), multiply(e, constant(Self.ln2Low)))
    let y = add(multiply(e, constant(Self.ln2High)), subtract(f, subtract(half, low)))
    return logarithmEdges(x, y)
  }

  private mutating func logarithmEdges(_ x: ID, _ y: ID) -> ID {
    let zero = constant(0 as Float)
    let infinity = constant(Float.infinity)
    let low = select(isLess(x, zero), constant(Float.nan), y)
    let atZero = select(isEqual(x, zero), constant(-Float.infinity), low)
    let atInfinity = select(isEqual(x, infinity), infinity, atZero)
    let isBad = isNaN(x)
    return select(isBad, x, atInfinity)
  }

  mutating func tangentHyperbolic(_ x: ID) -> ID {
    // With t = e^(2|x|) − 1, tanh |x| = t / (t + 2); beyond 10 it is 1 to the last bit.
    let doubled = multiply(clamp(absolute(x), 0, 10), constant(2 as Float))
    let (n, r) = reduceByLn2(doubled)
    let power = powerOfTwo(emit(.convertFToS, uint, n))
    let small = add(exponentialTail(r), r)
    let t = add(multiply(power, small), subtract(power, constant(1 as Float)))
    let y = divide(t, add(t, constant(2 as Float)))
    let sign = emit(.bitwiseAnd, uint, bits(x), constant(0x8000_0000 as UInt32))
    let signed = float(bits: emit(.bitwiseOr, uint, bits(y), sign))
    let isBad = isNaN(x)
    return select(isBad, x, signed)
  }

  /// Below 1 a polynomial of x² (minimax, 10⁻⁹); above it 1 − erfc(x), the logarithm of erfc a polynomial of x up to 4 (3·10⁻¹¹), from
  /// where on it is 1 to the last bit.
  mutating func errorFunction(_ x: ID) -> ID {
    let inner = polynomial(
      multiply(x, x),
      [
        7.88911954e-05, -0.000802084128, 0.00518953534, -0.0268544446, 0.112836002, -0.376126271, 0.128379166,
      ])
    let small = add(x, multiply(x, inner))
    let magnitude = absolute(x)
    let logarithm = polynomial(
      clamp(magnitude, 0, 4),
      [
        -2.168685e-05, 0.000441336377, -0.00420456188, 0.0252082567, -0.108418577, -0.633219893, -1.12957842,
        0.000188040231,
      ])
    let large = subtract(constant(1 as Float), exponential(logarithm))
    let sign = emit(.bitwiseAnd, uint, bits(x), constant(0x8000_0000 as UInt32))
    let signed = float(bits: emit(.bitwiseOr, uint, bits(large), sign))
    let isBad = isNaN(x)
    return select(isBad, x, select(isLess(magnitude, constant(1 as Float)), small, signed))
  }

  mutating func sine(_ x: ID) -> ID { circular(x, quarterTurns: 0) }
  mutating func cosine(_ x: ID) -> ID { circular(x, quarterTurns: 1) }

  /// sin(x + quarterTurns π/2), accurate for |x| up to 10⁵.
  private mutating func circular(_ x: ID, quarterTurns: UInt32) -> ID {
    let n = roundEven(multiply(clamp(x, -1e6, 1e6), constant(Float(0.6366197723675814))))
    // π/2 in parts of 8 bits, whose products with n are exact, and the rest.
    var r = x
    for part: Float in [0x1.92p0, 0x1.fcp-12, -0x1.58p-21, 0x1.1p-30, 0x1.68c234p-39] {
      r = subtract(r, multiply(n, constant(part)))
    }
    let whole = emit(.convertFToS, uint, n)
    let quadrant = add(integers: whole, constant(quarterTurns))
    let square = multiply(r, r)
    let sineTail = polynomial(square, [1 / 362_880, -1 / 5040, 1 / 120, -1 / 6])
    let sine = add(r, multiply(multiply(r, square), sineTail))
    let cosineTail = polynomial(square, [-1 / 3_628_800, 1 / 40_320, -1 / 720, 1 / 24])
    let half = subtract(constant(1 as Float), multiply(square, constant(0.5 as Float)))
    let cosine = add(half, multiply(multiply(square, square), cosineTail))
    let odd = emit(.bitwiseAnd, uint, quadrant, constant(1 as UInt32))
    let isOdd = emit(.iEqual, bool, odd, constant(1 as UInt32))
    let value = select(isOdd, cosine, sine)
    let turned = emit(.bitwiseAnd, uint, quadrant, constant(2 as UInt32))
    let sign = emit(.shiftLeftLogical, uint, turned, constant(30 as UInt32))
    let signed = float(bits: emit(.bitwiseXor, uint, bits(value), sign))
    // ±inf and NaN give NaN.
    let difference = subtract(x, x)
    let isFinite = isEqual(difference, constant(0 as Float))
    return select(isFinite, signed, constant(Float.nan))
  }
}
