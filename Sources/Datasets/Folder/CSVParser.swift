/// Rows of comma-separated values (RFC 4180): cells may be quoted, quotes within them doubled.
struct CSVParser {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  /// A byte order mark at the start is passed over.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next row with the number of its first line; nil at the end.
  mutating func next(source: String) throws(DatasetError) -> (line: Int, cells: [String])? {
    guard position < bytes.count else { return nil }
    let start = position, first = line
    var cells: [String] = []
    while true {
      cells.append(try cell(source: source))
      guard position - start <= MetadataFormat.maxLineBytes else {
        throw malformed("line \(first) is longer than \(MetadataFormat.maxLineBytes) bytes", source)
      }
      guard position < bytes.count else { return (first, cells) }
      let separator = bytes[position]
      position += 1
      if separator == Self.newline {
        line += 1
        return (first, cells)
      }
    }
  }

  private static let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ",")
  private static let newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")

  /// Reads up to the comma or the newline after a cell, which stays to be read.
  private mutating func cell(source: String) throws(DatasetError) -> String {
    if position < bytes.count, bytes[position] == Self.quote { return try quotedCell(source: source) }
    let start = position
    while position < bytes.count, bytes[position] != Self.comma, bytes[position] != Self.newline {
      position += 1
    }
    var end = position
    if end > start, bytes[end - 1] == Self.carriageReturn, end == bytes.count || bytes[end] == Self.newline {
      end -= 1
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func quotedCell(source: String) throws(DatasetError) -> String {
    let first = line
    var content: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == Self.newline { line += 1 }
      if byte != Self.quote {
        content.append(byte)
      } else if position < bytes.count, bytes[position] == Self.quote {
        content.append(byte)
        position += 1
      } else {
        if position < bytes.count, bytes[position] == Self.carriageReturn { position += 1 }
        guard position == bytes.count || bytes[position] == Self.comma || bytes[position] == Self.newline
        else { throw malformed("line \(line) has text after a closing quote", source) }
        return String(decoding: content, as: UTF8.self)
      }
    }
    throw malformed("the quote opened in line \(first) is never closed", source)
  }

  private func malformed(_ message: String, _ source: String) -> DatasetError {
    DatasetError(.malformed(format: "metadata", message: message), source: source)
  }
}
