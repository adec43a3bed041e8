import Foundation

/// The real file system.
public struct PosixFileSystem: FileSystem {
  public init() {}

  /// The result of a system call, or the error that it left in `errno`.
  @discardableResult
  private func check<Value: SignedInteger>(_ result: Value) throws -> Value {
    if result < 0 { throw SystemError(code: errno) }
    return result
  }

  public func open(_ path: String) throws -> FileDescriptor {
    FileDescriptor(rawValue: try check(Foundation.open(path, O_RDONLY | O_CLOEXEC)))
  }

  public func create(_ path: String) throws -> FileDescriptor {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC
    return FileDescriptor(rawValue: try check(Foundation.open(path, flags, 0o644)))
  }

  public func openForAppending(_ path: String) throws -> FileDescriptor {
    let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC
    return FileDescriptor(rawValue: try check(Foundation.open(path, flags, 0o644)))
  }

  public func size(of file: FileDescriptor) throws -> Int {
    var status = stat()
    try check(fstat(file.rawValue, &status))
    return Int(status.st_size)
  }

  public func read(
    _ file: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws -> Int {
    try check(pread(file.rawValue, buffer.baseAddress, buffer.count, off_t(offset)))
  }

  public func write(_ file: FileDescriptor, _ bytes: UnsafeRawBufferPointer) throws -> Int {
    try check(Foundation.write(file.rawValue, bytes.baseAddress, bytes.count))
  }

  public func truncate(_ file: FileDescriptor, to size: Int) throws {
    try check(ftruncate(file.rawValue, off_t(size)))
  }

  public func synchronize(_ file: FileDescriptor) throws { try check(fsync(file.rawValue)) }

  public func close(_ file: FileDescriptor) throws { try check(Foundation.close(file.rawValue)) }

  public func createDirectory(_ path: String) throws { try check(mkdir(path, 0o755)) }

  public func entries(of path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw SystemError(code: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      // The kernel's record ends with its name, so the name is read in place: a copy of the whole
      // `dirent` could reach past the buffer.
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let name = String(
        cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    if errno != 0 { throw SystemError(code: errno) }
    return names
  }

  public func isDirectory(_ path: String) throws -> Bool {
    var status = stat()
    try check(lstat(path, &status))
    return status.st_mode & S_IFMT == S_IFDIR
  }

  public func rename(_ from: String, to: String) throws { try check(Foundation.rename(from, to)) }
  public func removeFile(_ path: String) throws { try check(unlink(path)) }
  public func removeDirectory(_ path: String) throws { try check(rmdir(path)) }
}
