import SfumatoImages
import Testing

@Suite struct JPEGTests {
  /// Whether the four quarters are red, green, blue and near white, as the fixtures' upright image has them.
  private func expectQuadrants(_ image: Image) {
    #expect(image.width == 48 && image.height == 32 && image.channels == 3)
    let centers: [(x: Int, y: Int, color: [Int])] = [
      (10, 6, [200, 30, 30]), (38, 6, [30, 200, 30]), (10, 26, [30, 30, 200]), (38, 26, [220, 220, 220]),
    ]
    for (x, y, color) in centers {
      for (found, expected) in zip(image[x, y], color) { #expect(abs(Int(found) - expected) <= 8) }
    }
  }

  @Test(arguments: 1...8)
  func appliesOrientation(_ orientation: Int) throws {
    expectQuadrants(try Image(decoding: fixture("exif-\(orientation).jpg")))
  }

  @Test(arguments: ["progressive.jpg", "cmyk.jpg"])
  func decodesVariants(name: String) throws {
    expectQuadrants(try Image(decoding: fixture(name)))
  }

  @Test func decodesGrey() throws {
    let image = try Image(decoding: fixture("grey.jpg"))
    #expect(image.channels == 1)
    #expect(abs(Int(image[38, 26].first ?? 0) - 220) <= 4)
  }
}
