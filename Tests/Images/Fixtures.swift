import Foundation
import SfumatoImages
import Testing

/// The bytes of a file in Tests/Images/Fixtures, made by Tools/golden/image_fixtures.py.
func fixture(_ name: String) throws -> [UInt8] {
  let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
  return Array(try Data(contentsOf: folder.appending(path: name)))
}

/// The pixels of the fixtures' image, by the formula that made it.
func expectedPixel(_ x: Int, _ y: Int) -> [UInt8] {
  [10 * x + 5, 15 * y + 7, 8 * (x ^ y)].map { UInt8($0 % 256) }
}

func expectedAlpha(_ x: Int, _ y: Int) -> UInt8 { UInt8((x * 11 + y * 3) % 256) }

/// The fixtures' image at any size.
func testImage(width: Int = 24, height: Int = 16) -> Image {
  var pixels: [UInt8] = []
  for y in 0..<height { for x in 0..<width { pixels += expectedPixel(x, y) } }
  return Image(width: width, height: height, channels: 3, pixels: pixels)
}

/// An image of noise, for tests that want no structure.
func noise(width: Int, height: Int, channels: Int, seed: UInt64 = 1) -> Image {
  var state = seed
  let pixels = (0..<width * height * channels).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
  return Image(width: width, height: height, channels: channels, pixels: pixels)
}

/// The largest difference of any byte.
func largestDifference(_ a: Image, _ b: Image) -> Int {
  zip(a.pixels, b.pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
}
