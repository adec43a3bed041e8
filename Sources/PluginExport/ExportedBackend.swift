import CSfumatoBackend
import SfumatoBackend
import Synchronization

/// A backend as a library serves it.
public struct ExportedBackend: Sendable {
  let name: String
  let version: String
  /// The backend that uses so many threads, nil for as many as it likes.
  let backend: @Sendable (_ threads: Int?) -> any Backend

  /// - Parameters:
  ///   - name: by which people choose it; it may differ from the name it has when it is linked in.
  ///   - backend: one whose devices are `HostDevice`s, with so many threads; nil for as many as it likes.
  public init(name: String, version: String, backend: @escaping @Sendable (_ threads: Int?) -> any Backend) {
    self.name = name
    self.version = version
    self.backend = backend
  }
}

/// What this library serves: one backend, from the first query on.
private let exported = Mutex<ExportedBackend?>(nil)

func served() throws(BackendError) -> ExportedBackend {
  guard let served = exported.withLock({ $0 }) else {
    throw .unavailable(backend: "library", problem: "it was not asked for its table", remedy: "ask first")
  }
  return served
}

/// The table that answers `sfumato_backend_query`, or nil where the host cannot be served.
public func exportBackend(
  _ backend: ExportedBackend, hostMajor: UInt32, hostMinor: UInt32
) -> UnsafePointer<sfumato_backend>? {
  guard hostMajor == UInt32(SFUMATO_BACKEND_MAJOR) else { return nil }
  exported.withLock { $0 = backend }
  // Both live for as long as the library, which is never unloaded.
  func forever(_ text: String) -> UnsafePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8CString.count)
    copy.initialize(from: Array(text.utf8CString), count: text.utf8CString.count)
    return UnsafePointer(copy)
  }
  let table = UnsafeMutablePointer<sfumato_backend>.allocate(capacity: 1)
  table.initialize(to: exportedTable())
  table.pointee.name = forever(backend.name)
  table.pointee.version = forever(backend.version)
  table.pointee.summary = forever(backend.backend(nil).summary)
  return UnsafePointer(table)
}
