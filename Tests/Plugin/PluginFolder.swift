import Foundation

/// The C compiler of this machine.
enum Compiler {
  /// What a suite prints that needs one and finds none.
  static let missing = "there is no C compiler called cc"

  static let isThere = (try? run(["--version"])) != nil

  struct Failure: Error, CustomStringConvertible { var description: String }

  static func run(_ arguments: [String]) throws {
    let process = Process(), messages = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["cc"] + arguments
    process.standardOutput = messages
    process.standardError = messages
    try process.run()
    let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failure(description: "cc \(arguments): \(text)") }
  }
}

/// A folder for compiled plugins that is removed with the last reference to it.
final class PluginFolder {
  let path: String

  init() throws {
    // Without symbolic links, as the names in messages are.
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "sfumato-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.path
    try setPermissions(0o755, of: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Compiles the plugin `Hostile/NAME.c` to `as`, else `NAME.so`; returns its path.
  func compile(_ name: String, as file: String? = nil) throws -> String {
    try compile(
      [Self.repository + "/Tests/Plugin/Hostile/\(name).c"], as: file ?? name + ".so",
      flags: ["-D_DEFAULT_SOURCE"])
  }

  /// Compiles C files into a shared library of this folder; returns its path.
  func compile(_ sources: [String], as file: String, flags: [String]) throws -> String {
    let output = path + "/" + file
    let header = Self.repository + "/Sources/CSfumatoBackend/include"
    try Compiler.run(
      ["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-I" + header, "-o", output] + flags
        + sources + ["-lm"])
    try setPermissions(0o755, of: output)
    return output
  }

  /// Writes a file; returns its path.
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    try setPermissions(0o755, of: file)
    return file
  }

  func setPermissions(_ mode: Int, of path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
}
