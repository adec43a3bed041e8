/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable {
  /// The value of `errno`.
  public var code: Int32
  public init(code: Int32) { self.code = code }
}

/// An open file.
public struct FileDescriptor: Equatable, Sendable {
  public var rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// The file operations that checkpoints are made of, one system call each.
///
/// Everything that saves goes through here, so that a test can make the k-th call fail in any way that a
/// kernel can: an error, an interruption, a short write, or the end of the process. Every function throws
/// `SystemError`; retrying belongs to the caller.
public protocol FileSystem: Sendable {
  /// Opens a file for reading.
  func open(_ path: String) throws -> FileDescriptor
  /// Creates a file for writing; one that exists is emptied.
  func create(_ path: String) throws -> FileDescriptor
  /// Opens a file for appending, creating it where it is missing.
  func openForAppending(_ path: String) throws -> FileDescriptor
  /// Size of an open file in bytes.
  func size(of file: FileDescriptor) throws -> Int
  /// Reads up to `buffer.count` bytes at `offset`; 0 at the end of the file.
  func read(_ file: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int
  /// Writes up to `bytes.count` bytes and returns how many were written.
  func write(_ file: FileDescriptor, _ bytes: UnsafeRawBufferPointer) throws -> Int
  /// Cuts an open file to `size` bytes.
  func truncate(_ file: FileDescriptor, to size: Int) throws
  /// Waits until a file's or a folder's content is on the disk.
  func synchronize(_ file: FileDescriptor) throws
  func close(_ file: FileDescriptor) throws
  func createDirectory(_ path: String) throws
  /// Names of the entries of a folder, without `.` and `..`, in no order.
  func entries(of path: String) throws -> [String]
  func isDirectory(_ path: String) throws -> Bool
  /// Moves a file or folder in one step, replacing a file or an empty folder.
  func rename(_ from: String, to: String) throws
  func removeFile(_ path: String) throws
  func removeDirectory(_ path: String) throws
}
