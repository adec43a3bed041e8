/// A chunk of a PNG file (PNG specification, section 5.3).
struct PNGChunk {
  var type: String
  var data: ArraySlice<UInt8>

  init(_ type: String, _ data: some Collection<UInt8>) {
    self.type = type
    self.data = ArraySlice(data)
  }

  /// Length, type, data and checksum.
  var bytes: [UInt8] {
    let body = Array(type.utf8) + data
    return bigEndianBytes(UInt32(data.count)) + body + bigEndianBytes(CRC32.checksum(body))
  }
}

/// The chunks of a PNG file that have one of some types, in order, without touching pixels.
struct PNGChunks: Sequence, IteratorProtocol {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private let bytes: [UInt8]
  private let types: Set<String>
  private var position = signature.count

  /// Empty when `bytes` do not begin with the signature.
  init(_ types: Set<String>, in bytes: [UInt8]) {
    self.bytes = bytes
    self.types = types
    if !bytes.starts(with: Self.signature) { position = bytes.count }
  }

  /// The next chunk; nil at the end, and from the first that is cut short or whose checksum fails. Checksums
  /// of other types are not looked at.
  mutating func next() -> PNGChunk? {
    while bytes.count - position >= 12 {
      let length = Int(bigEndian32(bytes, position))
      guard length <= bytes.count - position - 12 else { return nil }
      let body = position + 4..<position + 8 + length
      position = body.upperBound + 4
      let type = String(decoding: bytes[body.prefix(4)], as: UTF8.self)
      guard types.contains(type) else { continue }
      guard CRC32.checksum(bytes[body]) == bigEndian32(bytes, body.upperBound) else { return nil }
      return PNGChunk(type, bytes[body.dropFirst(4)])
    }
    return nil
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
