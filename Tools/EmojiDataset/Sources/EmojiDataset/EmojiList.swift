import Foundation

/// An emoji that is a single code point, as Unicode's emoji-test.txt lists it.
struct Emoji {
  let codePoint: UInt32
  /// The Unicode short name, such as "grinning face".
  let name: String
  let group: String
  let subgroup: String

  /// The code point in hexadecimal, which names the emoji's files.
  var key: String { String(codePoint, radix: 16) }
}

/// Reads the fully qualified emoji of one code point, optionally followed by the variation selector that asks
/// for colour, in the file's order.
func readEmojiList(_ path: String) throws -> [Emoji] {
  let variationSelector = "FE0F"
  var group = "", subgroup = ""
  var list: [Emoji] = []
  for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
    if let title = line.suffix(after: "# group: ") { group = title }
    if let title = line.suffix(after: "# subgroup: ") { subgroup = title }
    // For example: "1F600 ; fully-qualified # 😀 E1.0 grinning face"
    guard !line.hasPrefix("#"), let semicolon = line.firstIndex(of: ";"),
      let hash = line.firstIndex(of: "#"),
      line[semicolon..<hash].contains("fully-qualified")
    else { continue }
    let codes = line[..<semicolon].split(separator: " ").filter { $0 != variationSelector }
    let words = line[hash...].split(separator: " ").dropFirst(3)
    guard codes.count == 1, let code = UInt32(codes[0], radix: 16), !words.isEmpty else { continue }
    list.append(
      Emoji(codePoint: code, name: words.joined(separator: " "), group: group, subgroup: subgroup))
  }
  return list
}

extension Substring {
  /// What follows `prefix`, or nil when the line does not begin with it.
  fileprivate func suffix(after prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
