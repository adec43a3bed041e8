import CFreeType
import SfumatoImages

/// A font whose glyphs are colour bitmaps (OpenType tables CBDT and CBLC), such as Noto Color Emoji.
final class ColorFont {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private var library: FT_Library?
  private var face: FT_Face?

  /// Opens the font and selects its only size of bitmaps.
  init(path: String) throws {
    guard FT_Init_FreeType(&library) == 0 else { throw Failure(description: "FreeType could not start") }
    guard FT_New_Face(library, path, 0, &face) == 0, let face else {
      throw Failure(description: "\(path): not a font that FreeType can read")
    }
    guard face.pointee.num_fixed_sizes > 0, FT_Select_Size(face, 0) == 0 else {
      throw Failure(description: "\(path): the font has no bitmaps; use NotoColorEmoji.ttf with CBDT tables")
    }
  }

  deinit {
    FT_Done_Face(face)
    FT_Done_FreeType(library)
  }

  /// The bitmap of a character in RGBA, or nil when the font has none.
  func image(of codePoint: UInt32) -> Image? {
    guard let face else { return nil }
    let glyph = FT_Get_Char_Index(face, FT_ULong(codePoint))
    guard glyph != 0, FT_Load_Glyph(face, glyph, sfumato_load_color) == 0 else { return nil }
    let bitmap = face.pointee.glyph.pointee.bitmap
    guard bitmap.pixel_mode == sfumato_pixel_mode_bgra, bitmap.width > 0, bitmap.rows > 0 else { return nil }
    let width = Int(bitmap.width), height = Int(bitmap.rows)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 4)
    for y in 0..<height {
      for x in 0..<width {
        let source = bitmap.buffer + y * Int(bitmap.pitch) + 4 * x
        pixels += straight(blue: source[0], green: source[1], red: source[2], alpha: source[3])
      }
    }
    return Image(width: width, height: height, channels: 4, pixels: pixels)
  }
}

/// FreeType's colours are premultiplied by alpha; a PNG's are not.
private func straight(blue: UInt8, green: UInt8, red: UInt8, alpha: UInt8) -> [UInt8] {
  guard alpha > 0 else { return [0, 0, 0, 0] }
  func divide(_ value: UInt8) -> UInt8 {
    UInt8(min(255, (Int(value) * 255 + Int(alpha) / 2) / Int(alpha)))
  }
  return [divide(red), divide(green), divide(blue), alpha]
}

extension Image {
  /// The image in the middle of the smallest transparent square that holds it.
  func centeredInSquare() -> Image {
    let side = max(width, height), left = (side - width) / 2, top = (side - height) / 2
    var square = [UInt8](repeating: 0, count: side * side * 4)
    for y in 0..<height {
      let to = ((top + y) * side + left) * 4
      square.replaceSubrange(to..<to + width * 4, with: pixels[y * width * 4..<(y + 1) * width * 4])
    }
    return Image(width: side, height: side, channels: 4, pixels: square)
  }
}
