/// Arithmetic on f32, u32 and bool values, one instruction each.
extension ModuleBuilder {
  mutating func add(_ a: ID, _ b: ID) -> ID { emit(.fAdd, float, a, b) }
  mutating func subtract(_ a: ID, _ b: ID) -> ID { emit(.fSub, float, a, b) }
  mutating func multiply(_ a: ID, _ b: ID) -> ID { emit(.fMul, float, a, b) }
  mutating func divide(_ a: ID, _ b: ID) -> ID { emit(.fDiv, float, a, b) }
  mutating func negate(_ a: ID) -> ID { emit(.fNegate, float, a) }
  mutating func absolute(_ a: ID) -> ID { emit(.fAbs, float, a) }
  mutating func roundEven(_ a: ID) -> ID { emit(.roundEven, float, a) }
  mutating func clamp(_ a: ID, _ low: Float, _ high: Float) -> ID {
    let (low, high) = (constant(low), constant(high))
    return emit(.fClamp, float, a, low, high)
  }

  /// a x + b.
  mutating func multiplyAdd(_ a: ID, _ x: ID, _ b: ID) -> ID { add(multiply(a, x), b) }

  /// coefficients[0] x^(n-1) + … + coefficients[n-1], by Horner's rule.
  mutating func polynomial(_ x: ID, _ coefficients: [Float]) -> ID {
    var sum = constant(coefficients[0])
    for coefficient in coefficients.dropFirst() { sum = multiplyAdd(sum, x, constant(coefficient)) }
    return sum
  }

  mutating func bits(_ a: ID) -> ID { emit(.bitcast, uint, a) }
  mutating func float(bits: ID) -> ID { emit(.bitcast, float, bits) }

  mutating func isLess(_ a: ID, _ b: ID) -> ID { emit(.fOrdLessThan, bool, a, b) }
  mutating func isEqual(_ a: ID, _ b: ID) -> ID { emit(.fOrdEqual, bool, a, b) }
  mutating func either(_ a: ID, _ b: ID) -> ID { emit(.logicalOr, bool, a, b) }
  mutating func both(_ a: ID, _ b: ID) -> ID { emit(.logicalAnd, bool, a, b) }
  mutating func not(_ a: ID) -> ID { emit(.logicalNot, bool, a) }

  /// By the bits, since a driver may assume that no value is NaN.
  mutating func isNaN(_ a: ID) -> ID {
    let magnitude = emit(.bitwiseAnd, uint, bits(a), constant(0x7fff_ffff as UInt32))
    return emit(.uGreaterThan, bool, magnitude, constant(0x7f80_0000 as UInt32))
  }

  mutating func select(_ condition: ID, _ a: ID, _ b: ID) -> ID {
    emit(.select, float, condition, a, b)
  }

  mutating func add(integers a: ID, _ b: ID) -> ID { emit(.iAdd, uint, a, b) }
  mutating func multiply(integers a: ID, _ b: ID) -> ID { emit(.iMul, uint, a, b) }

  /// 2^n for a whole float n, by building the exponent; n must lie in −126 … 127.
  mutating func powerOfTwo(_ exponent: ID) -> ID {
    let biased = add(integers: exponent, constant(127 as UInt32))
    return float(bits: emit(.shiftLeftLogical, uint, biased, constant(23 as UInt32)))
  }
}
