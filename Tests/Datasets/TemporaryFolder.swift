import Foundation
import SfumatoDatasets
import SfumatoImages

/// A folder that is removed with the last reference to it.
final class TemporaryFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making the folders on the way; returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(fileURLWithPath: path).appending(path: name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  /// A PNG of one colour, told by its number.
  @discardableResult
  func writePNG(_ name: String, number: Int, width: Int = 8, height: Int = 8) throws -> String {
    try write(name, testImage(number, width: width, height: height).encodedPNG())
  }
}

/// An image of one colour that tells its number.
func testImage(_ number: Int, width: Int = 8, height: Int = 8) -> Image {
  let color = Color(red: UInt8(number % 256), green: UInt8(number / 256 % 256), blue: 7)
  return Image(width: width, height: height, channels: 3, filledWith: color)
}

/// The number of an image made by `testImage(_:)`, from its first pixel.
func number(of image: Image) -> Int { Int(image.pixels[0]) + 256 * Int(image.pixels[1]) }

/// The data set that ships.
let emojiPath = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Samples/data/emoji-32.tar").path
