/// A keyword and its text, as a PNG stores them in a `tEXt` chunk (PNG specification, section 11.3.4).
public struct PNGText: Sendable, Hashable {
  /// 1 to 79 characters of Latin-1.
  public var keyword: String
  public var text: String

  public init(_ keyword: String, _ text: String) {
    self.keyword = keyword
    self.text = text
  }

  /// Texts longer than this are passed over when reading.
  static let maxTextBytes = 1 << 20
  /// Texts after this many are passed over when reading.
  static let maxTexts = 1000

  /// The `tEXt` chunks of a PNG file, in order; none when `png` is no PNG.
  ///
  /// Compressed text chunks are never inflated. Reading stops at the first damaged chunk.
  public static func texts(in png: [UInt8]) -> [PNGText] {
    var texts: [PNGText] = []
    for (type, data) in PNGChunks(png) where type == "tEXt" && data.count <= maxTextBytes {
      guard let end = data.firstIndex(of: 0), end > data.startIndex else { continue }
      texts.append(PNGText(string(latin1: data[..<end]), string(latin1: data[(end + 1)...])))
      if texts.count == maxTexts { break }
    }
    return texts
  }

  /// The chunk's bytes. Characters outside Latin-1 become question marks; a NUL would end the text early,
  /// so it becomes one too.
  var chunk: [UInt8] {
    let keyword = latin1(String(keyword.prefix(79)))
    return PNGChunks.chunk("tEXt", keyword + [0] + latin1(text))
  }
}

private func string(latin1 bytes: ArraySlice<UInt8>) -> String {
  String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}

private func latin1(_ text: String) -> [UInt8] {
  text.unicodeScalars.map { (1...255).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?") }
}
