/// A tensor as a file holds it: a name, an element type, a shape and little-endian bytes, row-major.
public struct StoredTensor: Equatable, Sendable {
  public var name: String
  public var type: StoredType
  public var shape: [Int]
  public var bytes: [UInt8]

  /// A tensor of any type; `bytes` must be as many as type and shape say, which writing checks.
  public init(name: String, type: StoredType, shape: [Int], bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// A tensor of 32-bit floats.
  public init(name: String, shape: [Int], floats: [Float]) {
    self.init(
      name: name, type: .f32, shape: shape, bytes: floats.withUnsafeBytes { Array($0) })
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The elements as 32-bit floats, for types F64, F32, F16 and BF16; nil for other types.
  public var floats: [Float]? {
    switch type {
    case .f32:
      [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
        count = buffer.count
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes.prefix(4 * count))
      }
    case .f64: words(UInt64.self).map { Float(Double(bitPattern: $0)) }
    case .bf16: words(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .f16: words(UInt16.self).map(Self.float(half:))
    default: nil
    }
  }

  private func words<Word: FixedWidthInteger>(_: Word.Type) -> [Word] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<Word>.size).map {
        Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Word>.size, as: Word.self))
      }
    }
  }

  /// IEEE 754 binary16 to binary32; written out because Swift has no Float16 on every Linux target.
  private static func float(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10) & 0x1F
    let fraction = UInt32(half & 0x3FF)
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: sign | magnitude.bitPattern)
    case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

/// Shapes in messages, as the field writes them: `[64, 3, 3, 3]`.
func describe(shape: [Int]) -> String { "[" + shape.map(String.init).joined(separator: ", ") + "]" }
