import Foundation

extension FileSystem {
  /// Calls `body` again for as long as a signal interrupts it.
  func retrying<Value>(_ body: () throws -> Value) throws -> Value {
    while true {
      do { return try body() } catch let error as SystemError where error.code == EINTR { continue }
    }
  }

  /// Calls `body`; a `SystemError` becomes the `CheckpointError` that names operation and path.
  func naming<Value>(
    _ operation: String, _ path: String, neededBytes: Int? = nil, _ body: () throws -> Value
  ) throws -> Value {
    do { return try retrying(body) } catch let error as SystemError {
      if let neededBytes, error.code == ENOSPC || error.code == EDQUOT {
        throw CheckpointError.diskFull(path: path, neededBytes: neededBytes)
      }
      throw CheckpointError.fileOperation(
        operation: operation, path: path, reason: String(cString: strerror(error.code)))
    }
  }

  /// Closes a file. Linux has closed it even where the call was interrupted, so that is no failure.
  func closing(_ file: FileDescriptor, path: String) throws {
    do { try close(file) } catch let error as SystemError where error.code != EINTR {
      throw CheckpointError.fileOperation(
        operation: "close", path: path, reason: String(cString: strerror(error.code)))
    } catch is SystemError {}
  }

  /// Opens a file for reading and closes it after `body`.
  func reading<Value>(_ path: String, _ body: (FileDescriptor) throws -> Value) throws -> Value {
    let file = try naming("open", path) { try open(path) }
    let value: Value
    do { value = try body(file) } catch {
      try? close(file)
      throw error
    }
    try closing(file, path: path)
    return value
  }

  /// Exactly `count` bytes at `offset`.
  ///
  /// - Throws: `CheckpointError.malformed` when the file ends before.
  func read(_ file: FileDescriptor, path: String, at offset: Int, count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { (buffer, initialized) throws in
      while initialized < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...])
        let position = offset + initialized
        let got: Int = try naming("read", path) { try self.read(file, into: rest, at: position) }
        guard got > 0 else {
          throw CheckpointError.malformed(path: path, detail: "it ended at byte \(position)")
        }
        initialized += got
      }
    }
  }

  /// The whole content of a file of at most `limit` bytes.
  public func contents(of path: String, limit: Int = 64 << 20) throws -> [UInt8] {
    try reading(path) { file in
      let size = try naming("read", path) { try self.size(of: file) }
      guard size <= limit else {
        throw CheckpointError.fileOperation(
          operation: "read", path: path, reason: "it has \(size) bytes, at most \(limit) are expected")
      }
      return try read(file, path: path, at: 0, count: size)
    }
  }

  /// Writes all of `bytes`, in pieces of at most 8 MiB, whatever the kernel takes at a time.
  func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: FileDescriptor, path: String, neededBytes: Int
  ) throws {
    var written = 0
    while written < bytes.count {
      let piece = UnsafeRawBufferPointer(rebasing: bytes[written..<min(bytes.count, written + 8 << 20)])
      let count = try naming("write", path, neededBytes: neededBytes) { try write(file, piece) }
      guard count > 0 else {
        throw CheckpointError.fileOperation(operation: "write", path: path, reason: "no bytes were taken")
      }
      written += count
    }
  }

  /// Creates a file from `pieces` and waits until it is on the disk.
  func writeDurably(_ pieces: [[UInt8]], to path: String, neededBytes: Int? = nil) throws {
    let needed = neededBytes ?? pieces.reduce(0) { $0 + $1.count }
    let file = try naming("create", path, neededBytes: needed) { try create(path) }
    do {
      for piece in pieces {
        try piece.withUnsafeBytes { try writeAll($0, to: file, path: path, neededBytes: needed) }
      }
      try naming("synchronize", path, neededBytes: needed) { try synchronize(file) }
    } catch {
      try? close(file)
      throw error
    }
    try closing(file, path: path)
  }

  /// Waits until the entries of a folder are on the disk.
  func synchronizeDirectory(_ path: String) throws {
    try reading(path) { file in
      do { try retrying { try synchronize(file) } } catch let error as SystemError where error.code != EINVAL
      {
        throw CheckpointError.fileOperation(
          operation: "synchronize", path: path, reason: String(cString: strerror(error.code)))
      } catch is SystemError {
        // Some file systems cannot synchronize folders and have nothing to wait for.
      }
    }
  }

  /// Publishes a file in one step: whoever looks sees the old content or the new one, never a part.
  public func publish(_ bytes: [UInt8], to path: String) throws {
    try publish(pieces: [bytes], to: path)
  }

  func publish(pieces: [[UInt8]], to path: String) throws {
    let (parent, name) = splitPath(path)
    let aside = parent + "/.tmp-" + name
    do {
      try writeDurably(pieces, to: aside)
      try naming("rename", path) { try rename(aside, to: path) }
    } catch {
      try? removeFile(aside)
      throw error
    }
    try synchronizeDirectory(parent)
  }

  /// Creates a folder and those above it that are missing.
  public func createDirectories(_ path: String) throws {
    if (try? isDirectory(path)) == true || path.isEmpty { return }
    let (parent, _) = splitPath(path)
    if parent != path, parent != "." { try createDirectories(parent) }
    do { try retrying { try createDirectory(path) } } catch let error as SystemError
      where error.code == EEXIST
    {
      // Made by somebody else in between, or a link to a folder.
    } catch let error as SystemError {
      throw CheckpointError.fileOperation(
        operation: "create folder", path: path, reason: String(cString: strerror(error.code)))
    }
  }

  /// Removes a file, or a folder with all that is in it. Nothing there is fine.
  func removeTree(_ path: String) throws {
    let isFolder: Bool? = try naming("remove", path) {
      do { return try isDirectory(path) } catch let error as SystemError where error.code == ENOENT {
        return nil
      }
    }
    guard let isFolder else { return }
    guard isFolder else { return try naming("remove", path) { try removeFile(path) } }
    for name in try naming("list", path, { try entries(of: path) }) { try removeTree(path + "/" + name) }
    try naming("remove", path) { try removeDirectory(path) }
  }
}

/// The folder and the last component of a path; the folder of a bare name is ".".
func splitPath(_ path: String) -> (parent: String, name: String) {
  var trimmed = path[...]
  while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
  guard let slash = trimmed.lastIndex(of: "/") else { return (".", String(trimmed)) }
  let parent = slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  return (parent, String(trimmed[trimmed.index(after: slash)...]))
}

// MARK: - Appending

extension FileSystem {
  /// Opens a file for appending after its first `size` bytes; what follows them is cut off.
  public func appending(_ path: String, keeping size: Int) throws -> FileDescriptor {
    let file = try naming("open", path, neededBytes: 1) { try openForAppending(path) }
    do {
      try naming("truncate", path) { try truncate(file, to: size) }
    } catch {
      try? close(file)
      throw error
    }
    return file
  }

  /// Adds bytes to a file opened for appending.
  public func append(_ bytes: [UInt8], to file: FileDescriptor, path: String) throws {
    try bytes.withUnsafeBytes { try writeAll($0, to: file, path: path, neededBytes: bytes.count) }
  }
}
