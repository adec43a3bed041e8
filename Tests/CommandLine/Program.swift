import Foundation

/// The built `sfumato` program, run as a user runs it.
struct Program {
  var exitCode: Int32
  var output: String
  var errors: String

  /// Whether standard error is exactly one line that says `error: …`.
  var hasOneError: Bool {
    errors.hasPrefix("error: ") && errors.hasSuffix("\n") && errors.dropLast().allSatisfy { !$0.isNewline }
  }

  /// Runs `sfumato` with `arguments`. Its standard streams are files, so no terminal.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    let (process, streams) = try Self.start(arguments, environment: environment)
    process.waitUntilExit()
    try self.init(process, streams)
  }

  /// Runs `sfumato`, sends it `signal` once `isReady` says so, and waits for the end.
  init(
    _ arguments: [String], environment: [String: String] = [:], signal: Int32, when isReady: () -> Bool
  ) throws {
    let (process, streams) = try Self.start(arguments, environment: environment)
    while process.isRunning, !isReady() { usleep(2_000) }
    if process.isRunning { kill(process.processIdentifier, signal) }
    process.waitUntilExit()
    try self.init(process, streams)
  }

  /// Files, not pipes: nobody has to read while the program runs.
  private struct Streams {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)")
    var output: URL { folder.appending(path: "out") }
    var errors: URL { folder.appending(path: "err") }

    func create(_ url: URL) throws -> FileHandle {
      try Data().write(to: url)
      return try FileHandle(forWritingTo: url)
    }
  }

  private static func start(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (Process, Streams) {
    // The program lies beside the test bundle.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: tests).deletingLastPathComponent().appending(path: "sfumato")
    process.arguments = arguments
    let streams = Streams()
    process.environment = ProcessInfo.processInfo.environment
      .merging([
        "COLUMNS": "80", "LC_ALL": "C.UTF-8", "SFUMATO_CACHE": streams.folder.path + "/cache",
      ]) { $1 }.merging(environment) { $1 }
    try FileManager.default.createDirectory(at: streams.folder, withIntermediateDirectories: true)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try streams.create(streams.output)
    process.standardError = try streams.create(streams.errors)
    try process.run()
    return (process, streams)
  }

  private init(_ process: Process, _ streams: Streams) throws {
    defer { try? FileManager.default.removeItem(at: streams.folder) }
    exitCode = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    output = String(decoding: try Data(contentsOf: streams.output), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: streams.errors), as: UTF8.self)
  }
}

/// A folder that is gone after `body`.
func withTemporaryFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
  let path = NSTemporaryDirectory() + "sfumato-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
