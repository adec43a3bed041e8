import Foundation
import SfumatoImages
import Testing

@Suite struct PNGTests {
  @Test(arguments: ["rgb.png", "interlaced.png", "rgb16.png"])
  func decodesColor(name: String) throws {
    let image = try Image(decoding: fixture(name))
    #expect(image == testImage())
  }

  @Test func decodesGreyAndAlpha() throws {
    let grey = try Image(decoding: fixture("grey.png"))
    let greyAlpha = try Image(decoding: fixture("grey-alpha.png"))
    let rgba = try Image(decoding: fixture("rgba.png"))
    #expect(grey.channels == 1 && greyAlpha.channels == 4 && rgba.channels == 4)
    for y in 0..<16 {
      for x in 0..<24 {
        let color = expectedPixel(x, y), alpha = expectedAlpha(x, y)
        #expect(Array(grey[x, y]) == [color[0]])
        #expect(Array(greyAlpha[x, y]) == [color[0], color[0], color[0], alpha])
        #expect(Array(rgba[x, y]) == color + [alpha])
      }
    }
  }

  @Test func expandsPalettesAndBits() throws {
    let colors: [[UInt8]] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 8, 7]]
    let alphas: [UInt8] = [255, 255, 128, 0]
    let opaque = try Image(decoding: fixture("palette.png"))
    let transparent = try Image(decoding: fixture("palette-transparent.png"))
    let bits = try Image(decoding: fixture("one-bit.png"))
    for y in 0..<16 {
      for x in 0..<24 {
        let index = (x + y) % 4
        #expect(Array(opaque[x, y]) == colors[index])
        #expect(Array(transparent[x, y]) == colors[index] + [alphas[index]])
        #expect(Array(bits[x, y]) == [(x + y) % 2 == 0 ? 0 : 255])
      }
    }
  }

  @Test(arguments: [1, 3, 4])
  func encodesWhatItDecodes(channels: Int) throws {
    let image = noise(width: 37, height: 19, channels: channels)
    let bytes = try image.encodedPNG()
    #expect(try Image(decoding: bytes) == image)
    #expect(try image.encodedPNG() == bytes)
  }

  @Test func keepsText() throws {
    let texts = [PNGText("seed", "7"), PNGText("sampler", "heun, größer"), PNGText("empty", "")]
    let bytes = try testImage().encodedPNG(text: texts)
    #expect(PNGText.texts(in: bytes) == texts)
    #expect(try Image(decoding: bytes) == testImage())
    #expect(PNGText.texts(in: try testImage().encodedPNG()).isEmpty)
    let replaced = try testImage().encodedPNG(text: [PNGText("k", "日\0x")])
    #expect(PNGText.texts(in: replaced) == [PNGText("k", "??x")])
  }

  @Test func appliesOrientationOfPNG() throws {
    let image = try Image(decoding: fixture("exif-6.png"))
    #expect(image.width == 48 && image.height == 32)
    #expect(Array(image[5, 5]) == [200, 30, 30] && Array(image[40, 5]) == [30, 200, 30])
  }

  @Test func writesFiles() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).png").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try testImage().writePNG(to: path, text: [PNGText("a", "b")])
    #expect(try Image(contentsOf: path) == testImage())
    #expect(throws: ImageError.self) { try testImage().writePNG(to: "/nonexistent/x.png") }
  }
}

@Suite struct AnimatedPNGTests {
  @Test func firstFrameIsTheImageAndChunksAreNumbered() throws {
    let frames = (1...3).map { noise(width: 20, height: 12, channels: 3, seed: UInt64($0)) }
    let bytes = try AnimatedPNG.encode(
      frames, delay: 100, lastDelay: 1500, loops: 0, text: [PNGText("seed", "7")])
    #expect(try Image(decoding: bytes) == frames[0])
    #expect(PNGText.texts(in: bytes) == [PNGText("seed", "7")])
    #expect(sequenceNumbers(in: bytes) == [0, 1, 2, 3, 4])
  }

  @Test func refusesNoFramesAndMixedSizes() {
    #expect(throws: ImageError.self) { try AnimatedPNG.encode([], delay: 1) }
    let mixed = [testImage(), testImage(width: 8, height: 8)]
    #expect(throws: ImageError.self) { try AnimatedPNG.encode(mixed, delay: 1) }
  }

  /// The sequence numbers of fcTL and fdAT chunks, in file order.
  private func sequenceNumbers(in png: [UInt8]) -> [UInt32] {
    var position = 8
    var numbers: [UInt32] = []
    func number(_ offset: Int) -> UInt32 { png[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    while position + 12 <= png.count {
      let type = String(decoding: png[position + 4..<position + 8], as: UTF8.self)
      if type == "fcTL" || type == "fdAT" { numbers.append(number(position + 8)) }
      position += 12 + Int(number(position))
    }
    return numbers
  }
}
