import SfumatoImages
import SfumatoJSON

/// The files beside images that say something of them.
enum MetadataFormat {
  case jsonLines, csv

  init?(fileName: String) {
    switch fileName.split(separator: "/").last {
    case "metadata.jsonl": self = .jsonLines
    case "metadata.csv": self = .csv
    default: return nil
    }
  }

  /// No metadata file may be larger, in bytes.
  static let maxBytes = 1 << 30
  /// No line of it, and no JSON file in an archive, may be longer, in bytes.
  static let maxLineBytes = 1 << 20
}

/// The rows of a metadata file: the image's path relative to the file, and the other fields.
func metadata(
  at path: String, _ format: MetadataFormat
) throws(DatasetError) -> [(name: String, fields: [String: String])] {
  let bytes: [UInt8]
  do {
    bytes = try fileBytes(at: path, limit: MetadataFormat.maxBytes)
  } catch {
    throw DatasetError(.file(error.explanation), source: path)
  }
  var result: [(String, [String: String])] = []
  let rows = try format == .jsonLines ? jsonRows(bytes, path) : csvRows(bytes, path)
  for (line, var fields) in rows {
    guard let name = fields.removeValue(forKey: "file_name") else {
      throw DatasetError(
        .malformed(format: "metadata", message: "line \(line) has no file_name"), source: path)
    }
    result.append((name, fields))
  }
  return result
}

private typealias Rows = [(line: Int, fields: [String: String])]

private func jsonRows(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> Rows {
  var rows: Rows = []
  var number = 0
  for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    number += 1
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
    guard let fields = jsonFields(line) else {
      throw DatasetError(
        .malformed(format: "metadata", message: "line \(number) is not a JSON object"), source: path)
    }
    rows.append((number, fields))
  }
  return rows
}

private func csvRows(_ bytes: [UInt8], _ path: String) throws(DatasetError) -> Rows {
  var parser = CSVParser(bytes)
  var header: [String]?
  var rows: Rows = []
  while let (line, cells) = try parser.next(source: path) {
    if cells == [""] { continue }
    guard let names = header else {
      header = cells
      continue
    }
    guard cells.count == names.count else {
      throw DatasetError(
        .malformed(
          format: "metadata", message: "line \(line) has \(cells.count) cells, the header \(names.count)"),
        source: path)
    }
    rows.append((line, Dictionary(zip(names, cells)) { first, _ in first }))
  }
  return rows
}

/// The strings, numbers and truth values of a JSON object; nil when `bytes` are no object or too long.
///
/// Null, arrays and objects within say nothing that a label could be and are passed over.
func jsonFields(_ bytes: ArraySlice<UInt8>) -> [String: String]? {
  guard bytes.count <= MetadataFormat.maxLineBytes else { return nil }
  var scanner = JSONScanner(bytes)
  var fields: [String: String] = [:]
  do {
    try scanner.object { (scanner, key) throws(JSONError) in
      if scanner.peek() == UInt8(ascii: "{") || scanner.peek() == UInt8(ascii: "[") {
        return try scanner.skip()
      }
      fields[key] = text(try scanner.scalar())
    }
    try scanner.expectEnd()
    return fields
  } catch {
    return nil
  }
}

private func text(_ value: JSONValue) -> String? {
  switch value {
  case .string(let text): text
  case .bool(let flag): String(flag)
  case .integer(let number): String(number)
  case .number(let number): String(number)
  default: nil
  }
}
