/// Writes several images as one animated PNG (APNG): a PNG that any reader shows as its first frame, with
/// the further frames in chunks that other readers pass over.
public enum AnimatedPNG {
  /// Encodes `frames`, all of one size and channel count, each shown for `delay` thousandths of a second.
  ///
  /// - Parameters:
  ///   - lastDelay: how long the last frame stays; `delay` when nil.
  ///   - loops: how often the whole is shown; 0 means for ever.
  public static func encode(
    _ frames: [Image], delay: Int, lastDelay: Int? = nil, loops: Int = 0, text: [PNGText] = []
  ) throws(ImageError) -> [UInt8] {
    guard let first = frames.first else { throw ImageError(.file("an animation needs a frame")) }
    guard frames.allSatisfy({ $0.hasSameShape(as: first) }) else {
      throw ImageError(.file("the frames of an animation must be of one size and channel count"))
    }
    var output = PNGChunks.signature
    var sequence: UInt32 = 0
    for (number, frame) in frames.enumerated() {
      let encoded = Array(PNGChunks(try frame.encodedPNG()))
      if number == 0 {
        for (type, data) in encoded where type == "IHDR" { output += PNGChunks.chunk(type, data) }
        output += text.flatMap(\.chunk)
        output += PNGChunks.chunk(
          "acTL", bigEndianBytes(UInt32(frames.count)) + bigEndianBytes(UInt32(loops)))
      }
      let stay = number == frames.count - 1 ? lastDelay ?? delay : delay
      output += frameControl(first, sequence: sequence, delay: stay)
      sequence += 1
      for (type, data) in encoded where type == "IDAT" {
        if number == 0 {
          output += PNGChunks.chunk("IDAT", data)
        } else {
          output += PNGChunks.chunk("fdAT", bigEndianBytes(sequence) + data)
          sequence += 1
        }
      }
    }
    return output + PNGChunks.chunk("IEND", [])
  }

  /// A frame that replaces the whole canvas.
  private static func frameControl(_ frame: Image, sequence: UInt32, delay: Int) -> [UInt8] {
    let size = bigEndianBytes(UInt32(frame.width)) + bigEndianBytes(UInt32(frame.height))
    let offset = [UInt8](repeating: 0, count: 8)
    let seconds = bigEndianBytes(UInt16(clamping: delay)) + bigEndianBytes(UInt16(1000))
    let disposeNothing: UInt8 = 0, blendSource: UInt8 = 0
    return PNGChunks.chunk(
      "fcTL", bigEndianBytes(sequence) + size + offset + seconds + [disposeNothing, blendSource])
  }
}

extension Image {
  /// Whether width, height and channels are those of `other`.
  public func hasSameShape(as other: Image) -> Bool {
    width == other.width && height == other.height && channels == other.channels
  }
}
