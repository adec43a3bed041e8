import CImageCodecs
import Foundation

extension Image {
  /// The image as a PNG file with `text` in `tEXt` chunks.
  ///
  /// The bytes depend on the pixels, the text and the version of libpng and zlib only: no time is written.
  /// Throws `ImageError` when there is no memory for them.
  public func encodedPNG(text: [PNGText] = [], compression: Int = 6) throws(ImageError) -> [UInt8] {
    var buffer = sfumato_codec_buffer()
    let status = sfumato_png_encode(
      pixels, UInt32(width), UInt32(height), UInt32(channels), Int32(compression), &buffer)
    defer { sfumato_codec_release(buffer.bytes) }
    guard status == SFUMATO_CODEC_OK else {
      throw ImageError(.malformed(format: "PNG", message: message(buffer.message)))
    }
    let plain = Array(UnsafeBufferPointer(start: buffer.bytes, count: buffer.size))
    if text.isEmpty { return plain }
    // The header chunk comes first and is always 13 bytes long: 8 of signature, 12 around it.
    let header = PNGChunks.signature.count + 12 + 13
    return plain[..<header] + text.flatMap(\.chunk) + plain[header...]
  }

  /// Writes the image as a PNG file, aside first, so that no half-written file is ever seen.
  public func writePNG(to path: String, text: [PNGText] = []) throws(ImageError) {
    let bytes = try encodedPNG(text: text)
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw ImageError(.file("cannot be written: \(error.localizedDescription)"), source: path)
    }
  }
}
