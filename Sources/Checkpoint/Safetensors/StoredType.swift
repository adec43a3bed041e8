/// The element types that a safetensors file can hold, by the names that the format gives them.
///
/// The cases stand in the order in which a writer lays tensors out: widest first.
public enum StoredType: String, CaseIterable, Sendable {
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"
  case c64 = "C64"
  case f32 = "F32"
  case u32 = "U32"
  case i32 = "I32"
  case bf16 = "BF16"
  case f16 = "F16"
  case u16 = "U16"
  case i16 = "I16"
  case f8e8m0 = "F8_E8M0"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case i8 = "I8"
  case u8 = "U8"
  case f6e3m2 = "F6_E3M2"
  case f6e2m3 = "F6_E2M3"
  case f4 = "F4"
  case bool = "BOOL"

  /// Bits of one element.
  public var bits: Int {
    switch self {
    case .u64, .i64, .f64, .c64: 64
    case .f32, .u32, .i32: 32
    case .bf16, .f16, .u16, .i16: 16
    case .f8e8m0, .f8e4m3, .f8e5m2, .i8, .u8, .bool: 8
    case .f6e3m2, .f6e2m3: 6
    case .f4: 4
    }
  }

  /// Bytes of `shape` elements of this type; nil when that overflows or is no whole number of bytes.
  public func byteCount(shape: [Int]) -> Int? {
    var count = bits
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow || extent < 0 { return nil }
      count = product
    }
    return count.isMultiple(of: 8) ? count / 8 : nil
  }

  /// Place in the layout order.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
