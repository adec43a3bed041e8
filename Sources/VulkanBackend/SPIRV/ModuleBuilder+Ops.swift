import SfumatoGraph

/// The pointwise primitives on registers: every float type computes in f32 and is rounded to its storage type after
/// each operation, i32 and u32 are 32-bit words, bool is a boolean.
extension ModuleBuilder {
  mutating func registerType(_ dtype: DType) -> ID {
    switch dtype {
    case .f32, .f16, .bf16: float
    case .i32, .u32: uint
    case .bool: bool
    }
  }

  mutating func constant(_ number: Double, _ dtype: DType) -> ID {
    switch dtype {
    case .f32: return constant(Float(number))
    case .f16, .bf16: return round(constant(Float(number)), to: dtype)
    case .i32: return constant(UInt32(bitPattern: Int32(truncated(number, -0x1p31, 0x1p31 - 1))))
    case .u32: return constant(UInt32(truncated(number, 0, 0x1p32 - 1)))
    case .bool:
      let one = constant(1 as UInt32)
      return emit(.iEqual, bool, constant(number == 0 ? 0 : 1 as UInt32), one)
    }
  }

  /// Towards zero, held inside a range; NaN gives 0.
  private func truncated(_ number: Double, _ low: Double, _ high: Double) -> Double {
    number.isNaN ? 0 : min(max(number.rounded(.towardZero), low), high)
  }

  mutating func apply(_ op: BinaryOp, _ a: ID, _ b: ID, _ dtype: DType) -> ID {
    if dtype.isFloat { return apply(floats: op, a, b) }
    if dtype == .bool {
      let less = both(not(a), b)
      return op == .equal ? emit(.logicalEqual, bool, a, b) : less
    }
    let isLess = emit(dtype == .i32 ? .sLessThan : .uLessThan, bool, a, b)
    switch op {
    case .add: return add(integers: a, b)
    case .mul: return multiply(integers: a, b)
    case .max: return emit(.select, uint, isLess, b, a)
    case .equal: return emit(.iEqual, bool, a, b)
    case .less, .pow: return isLess
    }
  }

  private mutating func apply(floats op: BinaryOp, _ a: ID, _ b: ID) -> ID {
    switch op {
    case .add: return add(a, b)
    case .mul: return multiply(a, b)
    case .max:
      // A NaN on either side comes through.
      let takesB = both(isLess(a, b), not(isNaN(a)))
      let bIsBad = isNaN(b)
      return select(either(takesB, both(bIsBad, not(isNaN(a)))), b, a)
    case .pow: return power(a, b)
    case .less: return isLess(a, b)
    case .equal: return isEqual(a, b)
    }
  }

  mutating func cast(_ x: ID, from source: DType, to target: DType) -> ID {
    switch (source, target) {
    case (_, _) where source == target: return x
    case (_, .bool) where source.isFloat:
      let zero = constant(0 as Float)
      return emit(.fUnordNotEqual, bool, x, zero)
    case (_, .bool): return emit(.iNotEqual, bool, x, constant(0 as UInt32))
    case (.bool, _) where target.isFloat:
      let (one, zero) = (constant(1 as Float), constant(0 as Float))
      return select(x, one, zero)
    case (.bool, _):
      let (one, zero) = (constant(1 as UInt32), constant(0 as UInt32))
      return emit(.select, uint, x, one, zero)
    case (.i32, _) where target.isFloat: return round(emit(.convertSToF, float, x), to: target)
    case (.u32, _) where target.isFloat: return round(emit(.convertUToF, float, x), to: target)
    case (_, .i32) where source.isFloat: return truncated(x, signed: true)
    case (_, .u32) where source.isFloat: return truncated(x, signed: false)
    case (_, _) where source.isFloat: return round(x, to: target)
    default: return x
    }
  }

  /// Towards zero, held inside the integer's range; NaN gives 0.
  private mutating func truncated(_ x: ID, signed: Bool) -> ID {
    let (low, high): (Float, Float) = signed ? (-0x1p31, 0x1p31) : (0, 0x1p32)
    let largest = constant(signed ? UInt32(Int32.max) : UInt32.max)
    let smallest = constant(signed ? UInt32(bitPattern: Int32.min) : 0)
    let (lowBound, highBound) = (constant(low), constant(high))
    let isSmall = isLess(x, lowBound)
    let isBelow = isLess(x, highBound)
    let isInside = both(isBelow, not(isSmall))
    let safe = select(isInside, x, constant(0 as Float))
    let inside = emit(signed ? .convertFToS : .convertFToU, uint, safe)
    let isHigh = not(either(isBelow, isNaN(x)))
    let atTop = emit(.select, uint, isHigh, largest, inside)
    return emit(.select, uint, isSmall, smallest, atTop)
  }

  /// A float rounded to a narrower type, still held as f32; other types pass.
  mutating func round(_ x: ID, to dtype: DType) -> ID {
    switch dtype {
    case .f16:
      let pair = intern(.typeVector, [float.number, 2])
      let floats = emit(.unpackHalf2x16, pair, halfBits(x))
      return emit(.compositeExtract, float, words: [floats.number, 0])
    case .bf16:
      return float(bits: emit(.shiftLeftLogical, uint, bfloat16Bits(x), constant(16 as UInt32)))
    default: return x
    }
  }

  /// The bits of the nearest binary16 number, ties to even, in the low half of a word. Done on the bits, since
  /// `packHalf2x16` may round either way.
  mutating func halfBits(_ x: ID) -> ID {
    let magnitude = emit(.bitwiseAnd, uint, bits(x), constant(0x7fff_ffff as UInt32))
    let sign = emit(
      .shiftRightLogical, uint, emit(.bitwiseAnd, uint, bits(x), constant(0x8000_0000 as UInt32)),
      constant(16 as UInt32))
    // Normal numbers: rebias the exponent by −112, round off 13 bits.
    let lowest = emit(
      .bitwiseAnd, uint, emit(.shiftRightLogical, uint, magnitude, constant(13 as UInt32)),
      constant(1 as UInt32))
    let raised = add(integers: add(integers: magnitude, constant(0xfff as UInt32)), lowest)
    let rebiased = emit(.iSub, uint, raised, constant(112 << 23 as UInt32))
    let normal = emit(.shiftRightLogical, uint, rebiased, constant(13 as UInt32))
    // Below 2^-14 the spacing is 2^-24: adding ½ lets the float addition round.
    let shifted = add(float(bits: magnitude), constant(0.5 as Float))
    let subnormal = emit(.iSub, uint, bits(shifted), constant(Float(0.5).bitPattern))
    let isSubnormal = emit(.uLessThan, bool, magnitude, constant(Float(0x1p-14).bitPattern))
    var result = emit(.select, uint, isSubnormal, subnormal, normal)
    let isInfinite = emit(.uLessThan, bool, constant(Float(65520).bitPattern - 1), magnitude)
    result = emit(.select, uint, isInfinite, constant(0x7c00 as UInt32), result)
    result = emit(.select, uint, isNaN(x), constant(0x7e00 as UInt32), result)
    return emit(.bitwiseOr, uint, result, sign)
  }

  /// The bits of the nearest bfloat16 number, ties to even, in the low half of a word.
  mutating func bfloat16Bits(_ x: ID) -> ID {
    let word = bits(x)
    let high = emit(.shiftRightLogical, uint, word, constant(16 as UInt32))
    let lowest = emit(.bitwiseAnd, uint, high, constant(1 as UInt32))
    let raised = add(integers: add(integers: word, constant(0x7fff as UInt32)), lowest)
    let rounded = emit(.shiftRightLogical, uint, raised, constant(16 as UInt32))
    let quiet = emit(.bitwiseOr, uint, high, constant(0x40 as UInt32))
    return emit(.select, uint, isNaN(x), quiet, rounded)
  }
}
