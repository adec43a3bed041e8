import CPluginProbe
import CSfumatoBackend
import SfumatoBackend

/// A loaded backend: its table, and calls of it as Swift functions. The library is never unloaded.
public struct PluginLibrary: Sendable {
  /// Where it was loaded from.
  public let path: String
  public let name: String
  public let version: String
  public let summary: String
  /// The interface that it was built for, such as `1.0`.
  public let interface: String
  /// Never changed or freed.
  nonisolated(unsafe) let table: UnsafePointer<sfumato_backend>

  /// How long a library may take to answer for the first time, in milliseconds.
  static let patience: Int32 = 10_000

  /// Loads the library at `path`, an absolute one.
  ///
  /// It is loaded in a child process first, so that one that crashes, hangs or ends the process does no harm.
  ///
  /// - Throws: `PluginError` for a file that may not be loaded, or is no backend for this program.
  public init(path: String) throws(PluginError) { try self.init(path: path, patience: Self.patience) }

  init(path: String, patience: Int32) throws(PluginError) {
    let file = try PluginFile(path)
    let (major, minor) = (UInt32(SFUMATO_BACKEND_MAJOR), UInt32(SFUMATO_BACKEND_MINOR))
    try Self.check(probePlugin(file.path, major, minor, patience), path, patience)
    var message = [CChar](repeating: 0, count: 512)
    guard let found = loadPlugin(file.path, major, minor, &message, message.count) else {
      throw PluginError(path: path, problem: Self.text(message))
    }
    table = found.assumingMemoryBound(to: sfumato_backend.self)
    self.path = file.path
    name = String(cString: table.pointee.name)
    version = String(cString: table.pointee.version)
    summary = String(cString: table.pointee.summary)
    interface = "\(table.pointee.major).\(table.pointee.minor)"
  }

  private static func check(_ trial: ProbeResult, _ path: String, _ patience: Int32) throws(PluginError) {
    var trial = trial
    let problem: String
    switch trial.end {
    case ProbeEndAccepted: return
    case ProbeEndRefused:
      problem = withUnsafeBytes(of: &trial.message) { text(Array($0.bindMemory(to: CChar.self))) }
    case ProbeEndCrashed: problem = "it crashed when it was tried (signal \(trial.number))"
    case ProbeEndExited: problem = "it ended the process when it was tried (exit code \(trial.number))"
    case ProbeEndTimedOut: problem = "it did not answer within \(Double(patience) / 1000) seconds"
    default: problem = "no process could be made to try it in (error \(trial.number))"
    }
    throw PluginError(path: path, problem: problem)
  }

  private static func text(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The table's optional function, when the backend is new enough to have that place and put something there.
  private func optional<Function>(_ field: KeyPath<sfumato_backend, Function?>) -> Function? {
    guard let offset = MemoryLayout<sfumato_backend>.offset(of: field),
      table.pointee.struct_size >= offset + MemoryLayout<Function?>.size
    else { return nil }
    return table.pointee[keyPath: field]
  }

  /// Wraps the host's memory, where the backend can.
  var bufferImport:
    (
      @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) ->
        sfumato_status
    )?
  { optional(\.buffer_import) }

  /// Throws what the backend says about a status that is not success.
  func check(_ status: sfumato_status, _ operation: String) throws(BackendError) {
    if status == SFUMATO_OK { return }
    let text = table.pointee.error().map { String(cString: $0) } ?? ""
    let problem = text.isEmpty ? "status \(status.rawValue) without a message" : text
    switch status {
    case SFUMATO_UNSUPPORTED: throw .unsupported(backend: name, operation: operation, problem: problem)
    case SFUMATO_OUT_OF_MEMORY:
      throw .unavailable(
        backend: name, problem: "out of memory: \(problem)",
        remedy: "use a smaller batch, smaller images or a smaller model")
    case SFUMATO_DEVICE_LOST: throw .deviceLost(device: name, problem: problem)
    default:
      throw .unavailable(
        backend: name, problem: "\(operation) failed: \(problem)", remedy: "choose another --backend")
    }
  }
}
