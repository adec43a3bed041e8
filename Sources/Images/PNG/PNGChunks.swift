/// The chunks of a PNG file, in order, without touching pixels (PNG specification, section 5).
struct PNGChunks: Sequence, IteratorProtocol {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private let bytes: [UInt8]
  private var position = signature.count

  /// Empty when `bytes` do not begin with the signature.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if !bytes.starts(with: Self.signature) { position = bytes.count }
  }

  /// The next whole chunk whose checksum holds; nil at the end or at the first damage.
  mutating func next() -> (type: String, data: ArraySlice<UInt8>)? {
    guard bytes.count - position >= 12 else { return nil }
    let length = Int(bigEndian32(bytes, position))
    guard length <= bytes.count - position - 12 else { return nil }
    let body = position + 4..<position + 8 + length
    guard CRC32.checksum(bytes[body]) == bigEndian32(bytes, body.upperBound) else { return nil }
    position = body.upperBound + 4
    return (String(decoding: bytes[body.prefix(4)], as: UTF8.self), bytes[body.dropFirst(4)])
  }

  /// A chunk's bytes: length, type, data, checksum.
  static func chunk(_ type: String, _ data: some Collection<UInt8>) -> [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndianBytes(UInt32(body.count - 4)) + body + bigEndianBytes(CRC32.checksum(body))
  }
}

/// The CRC-32 of PNG and zlib (reflected polynomial 0xEDB88320).
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}

func bigEndian32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
  bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
}

func bigEndianBytes(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
}

func bigEndianBytes(_ value: UInt16) -> [UInt8] {
  [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
}
