import CSfumatoBackend
import SfumatoBackend
import Synchronization

/// A backend as a library serves it.
public struct ExportedBackend: Sendable {
  let backend: any Backend
  let name: String
  let version: String

  /// - Parameters:
  ///   - backend: one whose devices are `HostDevice`s.
  ///   - name: by which people choose it; it may differ from the name it has when it is linked in.
  public init(_ backend: any Backend, name: String, version: String) {
    self.backend = backend
    self.name = name
    self.version = version
  }
}

/// What this library serves: one backend, from the first query on.
private let served = Mutex<ExportedBackend?>(nil)

func servedBackend() throws(BackendError) -> any Backend {
  guard let served = served.withLock({ $0 }) else {
    throw .unavailable(backend: "library", problem: "it was not asked for its table", remedy: "ask first")
  }
  return served.backend
}

/// The table that answers `sfumato_backend_query`, or nil where the host cannot be served.
public func exportBackend(
  _ exported: ExportedBackend, hostMajor: UInt32, hostMinor: UInt32
) -> UnsafePointer<sfumato_backend>? {
  guard hostMajor == UInt32(SFUMATO_BACKEND_MAJOR) else { return nil }
  served.withLock { $0 = exported }
  // Both live for as long as the library, which is never unloaded.
  func forever(_ text: String) -> UnsafePointer<CChar> {
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8CString.count)
    copy.initialize(from: Array(text.utf8CString), count: text.utf8CString.count)
    return UnsafePointer(copy)
  }
  let table = UnsafeMutablePointer<sfumato_backend>.allocate(capacity: 1)
  table.initialize(to: exportedTable())
  table.pointee.name = forever(exported.name)
  table.pointee.version = forever(exported.version)
  table.pointee.summary = forever(exported.backend.summary)
  return UnsafePointer(table)
}
