import Foundation
import SfumatoImages
import Testing

@Suite struct HostileImageTests {
  @Test(arguments: ["rgb.png", "palette-transparent.png", "interlaced.png", "exif-6.jpg", "progressive.jpg"])
  func everyTruncationIsAnError(name: String) throws {
    let bytes = try fixture(name)
    // A JPEG that lacks only its end marker has all its pixels.
    for length in 0..<bytes.count - (name.hasSuffix("jpg") ? 2 : 0) {
      #expect(throws: ImageError.self, "cut to \(length)") { try Image(decoding: Array(bytes[..<length])) }
    }
  }

  @Test(arguments: [
    "rgb.png", "palette-transparent.png", "interlaced.png", "exif-6.png", "exif-6.jpg", "progressive.jpg",
    "cmyk.jpg",
  ])
  func everyBitFlipIsHarmless(name: String) throws {
    let bytes = try fixture(name)
    let limits = DecodingLimits(maxPixels: 1_000_000, maxBytes: 4_000_000)
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      // Many flips leave an image, if a wrong one; what matters is that whatever comes out is sound.
      if let image = try? Image(decoding: flipped, limits: limits) {
        #expect(image.pixels.count == image.width * image.height * image.channels)
      }
      _ = PNGText.texts(in: flipped)
    }
  }

  @Test func hugeHeaderIsRefusedBeforeAllocation() throws {
    // The header of a 60,000 x 60,000 RGBA PNG: 14.4 GB of pixels.
    let huge = try pngHeader(width: 60_000, height: 60_000)
    let error = #expect(throws: ImageError.self) { try Image(decoding: huge, source: "bomb.png") }
    guard case .tooLarge(_, 60_000, 60_000, _) = error?.reason else {
      Issue.record("unexpected \(String(describing: error))")
      return
    }
    #expect(error?.description.contains("bomb.png") == true && error?.exitCode == .badData)
    let wide = try pngHeader(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)
    #expect(throws: ImageError.self) { try Image(decoding: wide) }
  }

  /// A valid header chunk with other dimensions, then nothing.
  private func pngHeader(width: UInt32, height: UInt32) throws -> [UInt8] {
    var header = Array(try fixture("rgba.png")[..<29])
    for i in 0..<4 {
      header[16 + i] = UInt8(truncatingIfNeeded: width >> UInt32(24 - 8 * i))
      header[20 + i] = UInt8(truncatingIfNeeded: height >> UInt32(24 - 8 * i))
    }
    var crc: UInt32 = ~0
    for byte in header[12..<29] {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    // An empty IDAT follows so that the header is all that libpng can object to.
    let checksum = (0..<4).map { UInt8(truncatingIfNeeded: ~crc >> UInt32(24 - 8 * $0)) }
    return header + checksum + [0, 0, 0, 0, 0x49, 0x44, 0x41, 0x54, 0x35, 0xAF, 0x06, 0x1E]
  }

  @Test func textNamedPNGIsAClearError() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "notes.png")
    try Data("hello world, this is text".utf8).write(to: file)
    let error = #expect(throws: ImageError.self) { try Image(contentsOf: file.path) }
    #expect(error?.description.contains("not a PNG or JPEG image: it starts with \"hello world,\"") == true)
    #expect(throws: ImageError.self) { try Image(contentsOf: folder.path) }
    #expect(throws: ImageError.self) { try Image(contentsOf: "/dev/zero") }
    #expect(throws: ImageError.self) { try Image(contentsOf: folder.appending(path: "missing").path) }
    #expect(throws: ImageError.self) { try Image(decoding: []) }
  }

  @Test func limitsHoldForBothFormats() throws {
    for name in ["rgb.png", "progressive.jpg"] {
      let bytes = try fixture(name)
      let pixels = try Image(decoding: bytes)
      let count = pixels.width * pixels.height
      for limits in [
        DecodingLimits(maxPixels: count - 1, maxBytes: 1_000_000),
        DecodingLimits(maxPixels: count, maxBytes: 3 * count - 1),
      ] {
        let error = #expect(throws: ImageError.self) { try Image(decoding: bytes, limits: limits) }
        guard case .tooLarge = error?.reason else {
          Issue.record("unexpected \(String(describing: error))")
          continue
        }
      }
    }
  }
}
