extension Image {
  /// The bytes of images of one shape as numbers in [-1, 1], laid out (N, H, W, C): v / 127.5 − 1.
  public static func normalized(_ images: [Image]) -> [Float] {
    var numbers = [Float]()
    numbers.reserveCapacity(images.reduce(0) { $0 + $1.pixels.count })
    for image in images { numbers.append(contentsOf: image.normalized()) }
    return numbers
  }

  /// The image's bytes as numbers in [-1, 1], laid out (H, W, C): v / 127.5 − 1.
  public func normalized() -> [Float] { pixels.map { Float($0) / 127.5 - 1 } }

  /// Images from numbers laid out (N, H, W, C): x / 2 + 0.5, clamped to [0, 1], then to the nearest of 256
  /// levels. Not-a-number becomes black.
  public static func images(
    fromNormalized numbers: [Float], width: Int, height: Int, channels: Int
  ) -> [Image] {
    let size = width * height * channels
    precondition(size > 0 && numbers.count % size == 0, "the numbers must fill whole images")
    return stride(from: 0, to: numbers.count, by: size).map { start in
      let pixels = numbers[start..<start + size].map { x in
        x.isNaN ? 0 : byte(255 * max(0, min(1, x / 2 + 0.5)))
      }
      return Image(width: width, height: height, channels: channels, pixels: pixels)
    }
  }
}
