/// The element types of a tensor.
public enum DType: String, CaseIterable, Hashable, Sendable {
  case f32, f16, bf16, i32, u32, bool

  /// Bytes an element takes in memory. A `bool` takes a whole 32-bit word (0 or 1).
  public var byteSize: Int {
    switch self {
    case .f32, .i32, .u32, .bool: 4
    case .f16, .bf16: 2
    }
  }

  /// Whether this is a floating-point type.
  public var isFloat: Bool { self == .f32 || self == .f16 || self == .bf16 }

  /// Whether values of this type can be added and multiplied.
  public var isNumber: Bool { self != .bool }
}
