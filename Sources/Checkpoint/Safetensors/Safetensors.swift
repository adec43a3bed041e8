import SfumatoJSON

/// The content of a safetensors file.
public struct Safetensors: Equatable, Sendable {
  public var tensors: [StoredTensor]
  /// Free-form strings; `{"format": "pt"}` is what other tools expect of a model.
  public var metadata: [String: String]

  public init(tensors: [StoredTensor], metadata: [String: String] = ["format": "pt"]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensor called `name`.
  public subscript(name: String) -> StoredTensor? { tensors.first { $0.name == name } }
}

// MARK: - Reading

extension Safetensors {
  /// Parses a whole file in memory; `path` is named in errors.
  ///
  /// - Throws: `CheckpointError.malformed`.
  public init(parsing bytes: [UInt8], path: String = "<memory>") throws(CheckpointError) {
    let length = try SafetensorsHeader.length(
      prefix: Array(bytes.prefix(8)), fileSize: bytes.count, path: path)
    let header = try SafetensorsHeader(
      json: bytes[8..<8 + length], dataSize: bytes.count - 8 - length, path: path)
    tensors = header.entries.map { entry in
      let start = header.dataOffset
      return StoredTensor(
        name: entry.name, type: entry.type, shape: entry.shape,
        bytes: Array(bytes[start + entry.range.lowerBound..<start + entry.range.upperBound]))
    }
    metadata = header.metadata
  }

  /// Reads a file. Takes the memory of its tensors, once.
  ///
  /// - Throws: `CheckpointError`.
  public init(path: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    (self, _) = try Self.read(path: path, fileSystem: fileSystem, digesting: false)
  }

  /// Reads a file and, when asked, its SHA-256 on the way.
  static func read(
    path: String, fileSystem: some FileSystem, digesting: Bool
  ) throws -> (content: Safetensors, digest: String) {
    try fileSystem.reading(path) { file in
      var digest = SHA256()
      let (header, raw) = try SafetensorsHeader.read(file, path: path, fileSystem: fileSystem)
      if digesting { digest.update(raw) }
      let tensors = try header.entries.map { entry in
        let bytes = try fileSystem.read(
          file, path: path, at: header.dataOffset + entry.range.lowerBound, count: entry.range.count)
        if digesting { digest.update(bytes) }
        return StoredTensor(name: entry.name, type: entry.type, shape: entry.shape, bytes: bytes)
      }
      return (Safetensors(tensors: tensors, metadata: header.metadata), digest.hexadecimal())
    }
  }
}

extension SafetensorsHeader {
  /// Reads only the table of contents of a file.
  ///
  /// - Throws: `CheckpointError`.
  public init(path: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    self = try fileSystem.reading(path) { try Self.read($0, path: path, fileSystem: fileSystem).header }
  }

  /// The header and the bytes that it was read from, length included.
  static func read(
    _ file: FileDescriptor, path: String, fileSystem: some FileSystem
  ) throws -> (header: SafetensorsHeader, raw: [UInt8]) {
    let size = try fileSystem.naming("read", path) { try fileSystem.size(of: file) }
    let prefix = try fileSystem.read(file, path: path, at: 0, count: min(8, size))
    let length = try Self.length(prefix: prefix, fileSize: size, path: path)
    let raw = try fileSystem.read(file, path: path, at: 0, count: 8 + length)
    return (try SafetensorsHeader(json: raw[8...], dataSize: size - 8 - length, path: path), raw)
  }
}

// MARK: - Writing

extension Safetensors {
  /// The pieces of the file, in order: the header, then each tensor's bytes.
  ///
  /// Tensors are laid out by type, widest first, then by name, and the header is padded with spaces to a
  /// multiple of 8, so that every tensor is aligned and the same content gives the same bytes as the
  /// format's reference writer.
  ///
  /// - Throws: `CheckpointError.malformed` when a tensor's bytes do not fit its shape, or for a name used twice.
  func pieces(path: String) throws(CheckpointError) -> [[UInt8]] {
    let ordered = tensors.sorted { ($0.type.rank, $0.name) < ($1.type.rank, $1.name) }
    var members: [String] = []
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key < $1.key }.map {
        JSONValue.quoted($0.key) + ":" + JSONValue.quoted($0.value)
      }
      members.append("\"__metadata__\":{" + strings.joined(separator: ",") + "}")
    }
    var names: Set<String> = ["__metadata__"]
    var offset = 0
    for tensor in ordered {
      guard names.insert(tensor.name).inserted else {
        throw .malformed(path: path, detail: "tensor \"\(tensor.name)\" is there twice")
      }
      guard tensor.type.byteCount(shape: tensor.shape) == tensor.bytes.count else {
        throw .malformed(
          path: path,
          detail: "tensor \"\(tensor.name)\" \(describe(shape: tensor.shape)) of \(tensor.type.rawValue) "
            + "comes with \(tensor.bytes.count) bytes")
      }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        JSONValue.quoted(tensor.name) + ":{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}")
      offset += tensor.bytes.count
    }
    var header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    return [length + header] + ordered.map(\.bytes)
  }

  /// The whole file in memory.
  public func serialized() throws(CheckpointError) -> [UInt8] {
    Array(try pieces(path: "<memory>").joined())
  }

  /// Publishes the file in one step.
  ///
  /// - Throws: `CheckpointError`.
  public func write(path: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    try fileSystem.publish(pieces: try pieces(path: path), to: path)
  }
}
