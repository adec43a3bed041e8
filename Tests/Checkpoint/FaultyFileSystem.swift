import Foundation
import Synchronization

@testable import SfumatoCheckpoint

/// The process ended here.
struct Killed: Error {}

/// The real file system until call number `at`, which fails in the way of `fault`.
final class FaultyFileSystem: FileSystem {
  enum Fault: Equatable, Sendable, CustomStringConvertible {
    /// The process ends at the call: this one and all after it do nothing. Written bytes that were never
    /// synchronized are lost, as after a power failure.
    case kill
    /// The call fails once with this error.
    case error(Int32)
    /// Every call from here on that would take space fails.
    case diskFull
    /// A write takes one byte only.
    case shortWrite

    var description: String {
      switch self {
      case .kill: "kill"
      case .error(let code): String(cString: strerror(code))
      case .diskFull: "disk full"
      case .shortWrite: "short write"
      }
    }
  }

  private struct State {
    var calls = 0
    var written: [Int32: String] = [:]
    var unsynchronized: Set<String> = []
  }

  private let real = PosixFileSystem()
  private let at: Int
  private let fault: Fault
  private let state = Mutex(State())

  init(at: Int, fault: Fault) {
    self.at = at
    self.fault = fault
  }

  /// Calls seen so far.
  var calls: Int { state.withLock { $0.calls } }
  var reached: Bool { calls > at }

  private func step(takesSpace: Bool = false) throws {
    let call = state.withLock { state in
      state.calls += 1
      return state.calls - 1
    }
    switch fault {
    case .kill where call == at:
      // What was never synchronized is gone.
      for path in state.withLock({ $0.unsynchronized }) { Foundation.truncate(path, 0) }
      throw Killed()
    case .kill where call > at: throw Killed()
    case .error(let code) where call == at: throw SystemError(code: code)
    case .diskFull where call >= at && takesSpace: throw SystemError(code: ENOSPC)
    default: break
    }
  }

  func open(_ path: String) throws -> FileDescriptor {
    try step()
    return try real.open(path)
  }

  func create(_ path: String) throws -> FileDescriptor {
    try step(takesSpace: true)
    let file = try real.create(path)
    state.withLock {
      $0.written[file.rawValue] = path
      $0.unsynchronized.insert(path)
    }
    return file
  }

  func openForAppending(_ path: String) throws -> FileDescriptor {
    try step(takesSpace: true)
    return try real.openForAppending(path)
  }

  func size(of file: FileDescriptor) throws -> Int {
    try step()
    return try real.size(of: file)
  }

  func read(_ file: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int
  {
    try step()
    return try real.read(file, into: buffer, at: offset)
  }

  func write(_ file: FileDescriptor, _ bytes: UnsafeRawBufferPointer) throws -> Int {
    let short = fault == .shortWrite && calls == at
    try step(takesSpace: true)
    return try real.write(file, short ? UnsafeRawBufferPointer(rebasing: bytes.prefix(1)) : bytes)
  }

  func truncate(_ file: FileDescriptor, to size: Int) throws {
    try step()
    try real.truncate(file, to: size)
  }

  func synchronize(_ file: FileDescriptor) throws {
    try step()
    try real.synchronize(file)
    state.withLock { state in
      if let path = state.written[file.rawValue] { state.unsynchronized.remove(path) }
    }
  }

  func close(_ file: FileDescriptor) throws {
    // Descriptors are closed even where the call fails, so that the tests do not run out of them.
    state.withLock { $0.written[file.rawValue] = nil }
    try? real.close(file)
    try step()
  }

  func createDirectory(_ path: String) throws {
    try step(takesSpace: true)
    try real.createDirectory(path)
  }

  func entries(of path: String) throws -> [String] {
    try step()
    return try real.entries(of: path)
  }

  func isDirectory(_ path: String) throws -> Bool {
    try step()
    return try real.isDirectory(path)
  }

  func rename(_ from: String, to: String) throws {
    try step()
    try real.rename(from, to: to)
    state.withLock { state in
      // Files move along with their folder.
      state.unsynchronized = Set(
        state.unsynchronized.map { $0.hasPrefix(from) ? to + $0.dropFirst(from.count) : $0 })
    }
  }

  func removeFile(_ path: String) throws {
    try step()
    try real.removeFile(path)
    state.withLock { _ = $0.unsynchronized.remove(path) }
  }

  func removeDirectory(_ path: String) throws {
    try step()
    try real.removeDirectory(path)
  }
}

/// A folder that is gone after `body`.
func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  // Memory where there is some: thousands of saves would wait for a disk.
  let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : NSTemporaryDirectory()
  let path = parent + "sfumato-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
