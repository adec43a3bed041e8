import CImageCodecs
import Foundation

/// What decoding one image may cost; checked against its header before pixels are allocated.
public struct DecodingLimits: Sendable, Hashable {
  public var maxPixels: Int
  /// Decoded pixels in bytes, and the size of a file.
  public var maxBytes: Int

  public init(maxPixels: Int, maxBytes: Int) {
    self.maxPixels = maxPixels
    self.maxBytes = maxBytes
  }

  /// 64 megapixels and 256 MB.
  public static let standard = DecodingLimits(maxPixels: 64_000_000, maxBytes: 256_000_000)
}

/// The file formats that can be read.
public enum ImageFormat: String, Sendable, CaseIterable {
  case png = "PNG"
  case jpeg = "JPEG"

  /// The format that `bytes` begin like, whatever the file was called.
  public init?(magic bytes: some Collection<UInt8>) {
    if bytes.starts(with: PNGChunks.signature) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }
}

extension Image {
  /// Decodes a PNG or a JPEG and applies its EXIF orientation.
  ///
  /// Grey with alpha becomes RGBA, 16 bits become 8, CMYK becomes RGB. Throws `ImageError`.
  public init(
    decoding bytes: [UInt8], limits: DecodingLimits = .standard, source: String? = nil
  ) throws(ImageError) {
    guard let format = ImageFormat(magic: bytes) else {
      throw ImageError(.unknownFormat(start: printable(bytes.prefix(12))), source: source)
    }
    let decode = format == .png ? sfumato_png_decode : sfumato_jpeg_decode
    var decoded = sfumato_codec_image()
    var cLimits = sfumato_codec_limits(
      max_pixels: UInt64(max(0, limits.maxPixels)), max_bytes: UInt64(max(0, limits.maxBytes)))
    let status = decode(bytes, bytes.count, &cLimits, &decoded)
    defer { sfumato_codec_release(decoded.pixels) }
    guard status == SFUMATO_CODEC_OK else {
      throw ImageError(failure(status, format, decoded, limits), source: source)
    }
    let orientation = ExifOrientation(in: bytes, format: format)
    self = Image(decoded).oriented(orientation)
  }

  /// Reads and decodes a file.
  public init(contentsOf path: String, limits: DecodingLimits = .standard) throws(ImageError) {
    try self.init(decoding: fileBytes(at: path, limit: limits.maxBytes), limits: limits, source: path)
  }

  private init(_ decoded: sfumato_codec_image) {
    let width = Int(decoded.width), height = Int(decoded.height), channels = Int(decoded.channels)
    let bytes = UnsafeBufferPointer(start: decoded.pixels, count: width * height * channels)
    guard channels == 2 else {
      self.init(width: width, height: height, channels: channels, pixels: Array(bytes))
      return
    }
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    for i in 0..<width * height {
      for c in 0..<3 { pixels[4 * i + c] = bytes[2 * i] }
      pixels[4 * i + 3] = bytes[2 * i + 1]
    }
    self.init(width: width, height: height, channels: 4, pixels: pixels)
  }
}

private func failure(
  _ status: sfumato_codec_status, _ format: ImageFormat, _ decoded: sfumato_codec_image,
  _ limits: DecodingLimits
) -> ImageError.Reason {
  let width = Int(decoded.width), height = Int(decoded.height)
  switch status {
  case SFUMATO_CODEC_TOO_LARGE:
    return .tooLarge(format: format.rawValue, width: width, height: height, limits: limits)
  case SFUMATO_CODEC_NO_MEMORY:
    return .outOfMemory(format: format.rawValue, width: width, height: height)
  default:
    return .malformed(format: format.rawValue, message: message(decoded.message))
  }
}

/// A C message array as text.
func message<Characters>(_ characters: Characters) -> String {
  withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

/// Bytes as text in quotes when they are plain ASCII, else in hexadecimal.
private func printable(_ bytes: ArraySlice<UInt8>) -> String {
  if bytes.isEmpty { return "nothing (the file is empty)" }
  if bytes.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) {
    let text = String(decoding: bytes.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
    return "\"\(text)\""
  }
  return "the bytes " + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
