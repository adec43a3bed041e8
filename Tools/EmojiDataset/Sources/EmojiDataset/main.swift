import Foundation
import SfumatoDatasets
import SfumatoImages

// emoji-dataset SIZE FONT EMOJI-TEST.TXT OUTPUT.TAR [CONTACT-SHEET.PNG]
//
// Writes a WebDataset of the emoji of one code point: KEY.png (RGBA, SIZE x SIZE) and KEY.json.

/// What is said of an emoji beside its image.
struct Caption: Encodable {
  let text: String
  let group: String
  let subgroup: String
  let character: String
}

func fail(_ message: String, code: Int32) -> Never {
  FileHandle.standardError.write(Data("emoji-dataset: \(message)\n".utf8))
  exit(code)
}

func writeDataset(size: Int, font fontPath: String, list listPath: String, to output: String) throws
  -> [Image]
{
  let font = try ColorFont(path: fontPath)
  let tar = try TarWriter(path: output)
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  var images: [Image] = []
  var missing = 0
  for emoji in try readEmojiList(listPath) {
    guard let glyph = font.image(of: emoji.codePoint), let scalar = Unicode.Scalar(emoji.codePoint) else {
      missing += 1
      continue
    }
    let image = glyph.centeredInSquare().resized(width: size, height: size, filter: .lanczos)
    let caption = Caption(
      text: emoji.name, group: emoji.group, subgroup: emoji.subgroup, character: String(scalar))
    try tar.append(name: emoji.key + ".png", bytes: image.encodedPNG(compression: 9))
    try tar.append(name: emoji.key + ".json", bytes: Array(encoder.encode(caption)))
    images.append(image)
  }
  try tar.finish()
  print("\(output): \(images.count) emoji of \(size)x\(size); the font lacks \(missing)")
  return images
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard (4...5).contains(arguments.count), let size = Int(arguments[0]), (8...512).contains(size) else {
  fail("usage: emoji-dataset SIZE(8...512) FONT EMOJI-TEST.TXT OUTPUT.TAR [SHEET.PNG]", code: 2)
}
do {
  let images = try writeDataset(size: size, font: arguments[1], list: arguments[2], to: arguments[3])
  if arguments.count == 5, let sheet = Image.grid(images, columns: 40, gap: 2) {
    try sheet.writePNG(to: arguments[4])
  }
} catch {
  fail("\(error)", code: 3)
}
