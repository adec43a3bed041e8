import SfumatoJSON

/// The table of contents of a safetensors file.
///
/// The format (github.com/huggingface/safetensors): 8 bytes little-endian header length N, N bytes of JSON,
/// then the data, whose offsets count from the end of the header. Everything here is checked arithmetic on
/// untrusted numbers, and memory stays within the header's own size plus a bounded table.
public struct SafetensorsHeader: Equatable, Sendable {
  /// Where a tensor lies in the file.
  public struct Entry: Equatable, Sendable {
    public var name: String
    public var type: StoredType
    public var shape: [Int]
    /// Bytes, counted from the start of the data section.
    public var range: Range<Int>
  }

  /// Longest header that is read; the format's own limit.
  public static let lengthLimit = 100_000_000
  /// Most tensors that a file may hold. Bounds the memory that a hostile header can take.
  public static let countLimit = 250_000
  /// Most dimensions of a tensor.
  public static let rankLimit = 32

  /// The tensors in the order of their data.
  public var entries: [Entry]
  /// The free-form strings under `__metadata__`.
  public var metadata: [String: String]

  /// Offset of the data section in the file.
  public var dataOffset: Int

  /// The length N that `prefix`, the first 8 bytes of a file of `fileSize` bytes, declares.
  static func length(prefix: [UInt8], fileSize: Int, path: String) throws(CheckpointError) -> Int {
    guard prefix.count == 8 else {
      throw .malformed(path: path, detail: "\(fileSize) bytes long, at least 8 expected")
    }
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(lengthLimit) else {
      throw .malformed(
        path: path, detail: "its header claims \(length) bytes, at most \(lengthLimit) are allowed")
    }
    guard Int(length) <= fileSize - 8 else {
      throw .malformed(
        path: path,
        detail: "its header claims \(length) bytes, but the file has only \(fileSize); is it cut short?")
    }
    return Int(length)
  }

  /// Parses and checks a header.
  ///
  /// - Parameters:
  ///   - json: the N bytes of the header.
  ///   - dataSize: bytes of the file after the header.
  ///   - path: named in errors.
  init(json: ArraySlice<UInt8>, dataSize: Int, path: String) throws(CheckpointError) {
    guard json.first == UInt8(ascii: "{") else {
      throw .malformed(path: path, detail: "its header does not start with '{'")
    }
    do throws(JSONError) {
      (entries, metadata) = try Self.parse(json)
    } catch {
      throw .malformed(path: path, detail: "header: \(error)")
    }
    dataOffset = 8 + json.count
    try checkNames(path: path)
    try checkLayout(dataSize: dataSize, path: path)
  }

  private func checkNames(path: String) throws(CheckpointError) {
    // Sorting the names finds duplicates without a second copy of each.
    let names = entries.map(\.name).sorted()
    for (name, next) in zip(names, names.dropFirst())
    where name.unicodeScalars.elementsEqual(next.unicodeScalars) {
      throw .malformed(path: path, detail: "tensor \"\(name)\" is there twice")
    }
  }

  private mutating func checkLayout(dataSize: Int, path: String) throws(CheckpointError) {
    entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw .malformed(
          path: path,
          detail: "tensor \"\(entry.name)\" starts at byte \(entry.range.lowerBound) of the data, "
            + "the one before ends at \(end)")
      }
      guard let size = entry.type.byteCount(shape: entry.shape) else {
        throw .malformed(
          path: path,
          detail: "tensor \"\(entry.name)\" \(describe(shape: entry.shape)) of \(entry.type.rawValue) "
            + "has no representable size")
      }
      guard size == entry.range.count else {
        throw .malformed(
          path: path,
          detail: "tensor \"\(entry.name)\" \(describe(shape: entry.shape)) of \(entry.type.rawValue) "
            + "needs \(size) bytes, its offsets span \(entry.range.count)")
      }
      end = entry.range.upperBound
    }
    guard end == dataSize else {
      throw .malformed(
        path: path,
        detail: "the tensors need \(end) bytes of data, the file has \(dataSize)"
          + (end > dataSize ? "; is it cut short?" : ""))
    }
  }
}

// MARK: - Parsing

extension SafetensorsHeader {
  private static func parse(
    _ json: ArraySlice<UInt8>
  ) throws(JSONError) -> ([Entry], [String: String]) {
    var scanner = JSONScanner(json)
    var entries: [Entry] = []
    var metadata: [String: String]?
    try scanner.object { (scanner, name) throws(JSONError) in
      if name == "__metadata__" {
        guard metadata == nil else { throw scanner.error("duplicate key \"__metadata__\"") }
        metadata = try parseMetadata(&scanner)
      } else {
        guard entries.count < countLimit else {
          throw scanner.error("more than \(countLimit) tensors")
        }
        entries.append(try parseEntry(&scanner, name: name))
      }
    }
    try scanner.expectEnd()
    return (entries, metadata ?? [:])
  }

  private static func parseMetadata(
    _ scanner: inout JSONScanner
  ) throws(JSONError) -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.object { (scanner, key) throws(JSONError) in
      guard metadata.count < countLimit else {
        throw scanner.error("more than \(countLimit) metadata entries")
      }
      guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
        throw scanner.error("duplicate key \"\(key)\" in __metadata__")
      }
    }
    return metadata
  }

  private static func parseEntry(
    _ scanner: inout JSONScanner, name: String
  ) throws(JSONError) -> Entry {
    var type: StoredType?
    var shape: [Int]?
    var range: Range<Int>?
    try scanner.object { (scanner, key) throws(JSONError) in
      switch key {
      case "dtype" where type == nil:
        let name = try scanner.string()
        guard let known = StoredType(rawValue: name) else {
          throw scanner.error("unknown dtype \"\(name)\"")
        }
        type = known
      case "shape" where shape == nil: shape = try parseShape(&scanner)
      case "data_offsets" where range == nil: range = try parseRange(&scanner)
      case "dtype", "shape", "data_offsets": throw scanner.error("duplicate key \"\(key)\"")
      default: try scanner.skip(depth: 2)
      }
    }
    guard let type, let shape, let range else {
      throw scanner.error("tensor \"\(name)\" lacks one of dtype, shape, data_offsets")
    }
    return Entry(name: name, type: type, shape: shape, range: range)
  }

  private static func parseShape(_ scanner: inout JSONScanner) throws(JSONError) -> [Int] {
    var shape: [Int] = []
    try scanner.array { (scanner) throws(JSONError) in
      guard shape.count < rankLimit else { throw scanner.error("more than \(rankLimit) dimensions") }
      shape.append(try scanner.naturalNumber())
    }
    return shape
  }

  private static func parseRange(_ scanner: inout JSONScanner) throws(JSONError) -> Range<Int> {
    var offsets: [Int] = []
    try scanner.array { (scanner) throws(JSONError) in
      guard offsets.count < 2 else { throw scanner.error("more than two data_offsets") }
      offsets.append(try scanner.naturalNumber())
    }
    guard offsets.count == 2 else { throw scanner.error("fewer than two data_offsets") }
    guard offsets[0] <= offsets[1] else {
      throw scanner.error("data_offsets [\(offsets[0]), \(offsets[1])] run backwards")
    }
    return offsets[0]..<offsets[1]
  }
}
