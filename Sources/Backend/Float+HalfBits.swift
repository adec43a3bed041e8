/// Conversions between f32 and the 16-bit float types, rounding to nearest, ties to even. They are written on bit
/// patterns because `Float16` is not there on every platform.
extension Float {
  /// The IEEE binary16 number with these bits.
  public init(halfBits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f, fraction = UInt32(bits) & 0x3ff
    switch exponent {
    case 0: self = Float(bitPattern: sign | 0x3f80_0000) * (Float(fraction) * 0x1p-24)
    case 31: self = Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// The bits of the nearest IEEE binary16 number.
  public var halfBits: UInt16 {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    if isNaN { return sign | 0x7e00 }
    if magnitude >= 65520 { return sign | 0x7c00 }
    if magnitude < 0x1p-14 {
      return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
    }
    let bits = magnitude.bitPattern
    let rounded = bits + 0xfff + ((bits >> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded - (112 << 23)) >> 13)
  }

  /// The bits of the nearest bfloat16 number.
  public var bfloat16Bits: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern + 0x7fff + ((bitPattern >> 16) & 1)) >> 16)
  }
}
