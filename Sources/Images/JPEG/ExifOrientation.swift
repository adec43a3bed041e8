/// How a camera was held, as EXIF records it: which way the stored rows and columns must be turned.
///
/// The raw values are those of TIFF tag 0x0112.
public enum ExifOrientation: Int, Sendable, CaseIterable {
  case up = 1
  case mirrored = 2
  case upsideDown = 3
  case mirroredUpsideDown = 4
  case transposed = 5
  /// To be turned a quarter clockwise.
  case turnedLeft = 6
  case transversed = 7
  /// To be turned a quarter anticlockwise.
  case turnedRight = 8

  /// The orientation a file asks for; `.up` when it says none or nonsense.
  init(in bytes: [UInt8], format: ImageFormat) {
    let tiff = format == .jpeg ? tiffInJPEG(bytes) : tiffInPNG(bytes)
    self = tiff.flatMap { Self(tiff: Array($0)) } ?? .up
  }

  /// Reads tag 0x0112 in the first directory of a TIFF structure.
  private init?(tiff: [UInt8]) {
    guard tiff.count >= 8 else { return nil }
    let littleEndian = tiff[0] == UInt8(ascii: "I")
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - size else { return nil }
      let field = tiff[offset..<offset + size]
      return littleEndian
        ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else {
      return nil
    }
    for entry in 0..<count {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(offset, 2) else { return nil }
      if tag == 0x0112, number(offset + 2, 2) == 3, let value = number(offset + 8, 2) {
        self.init(rawValue: value)
        return
      }
    }
    return nil
  }
}

/// The EXIF block of a JPEG: the first APP1 segment that begins with "Exif".
private func tiffInJPEG(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
  var position = 2
  while bytes.count - position >= 4, bytes[position] == 0xFF {
    let marker = bytes[position + 1]
    if marker == 0xFF {
      position += 1  // padding
      continue
    }
    if marker == 0xDA || marker == 0xD9 { return nil }  // pixels begin, or the end
    let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
    guard length >= 2, length <= bytes.count - position - 2 else { return nil }
    let data = bytes[position + 4..<position + 2 + length]
    if marker == 0xE1, data.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) { return data.dropFirst(6) }
    position += 2 + length
  }
  return nil
}

private func tiffInPNG(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
  PNGChunks(bytes).first { $0.type == "eXIf" }?.data
}
