/// An image of 8 bits a channel.
///
/// Pixels are stored row by row from the top, channels interleaved: the byte of channel c at (x, y) is
/// `pixels[(y * width + x) * channels + c]`. Alpha is straight, not premultiplied.
public struct Image: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// 1 (grey), 3 (RGB) or 4 (RGBA).
  public let channels: Int
  public var pixels: [UInt8]

  /// An image from its bytes; there must be `width * height * channels` of them.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    precondition(channels == 1 || channels == 3 || channels == 4, "an image has 1, 3 or 4 channels")
    precondition(pixels.count == width * height * channels, "an image has width * height * channels bytes")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// An image of one colour; grey takes the colour's luminance, RGBA is opaque.
  public init(width: Int, height: Int, channels: Int, filledWith color: Color) {
    let pixel = color.bytes(channels: channels)
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height * channels)
    for _ in 0..<width * height { pixels.append(contentsOf: pixel) }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The bytes of the pixel in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
    let start = (y * width + x) * channels
    return pixels[start..<start + channels]
  }
}
