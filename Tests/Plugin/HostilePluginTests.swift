import Foundation
import Testing

@testable import SfumatoPlugin

/// Libraries that are broken or mean harm: each is refused in one clear line, and the good one beside it still loads.
/// To add one, write `Hostile/NAME.c` and give it a row.
@Suite(.enabled(if: Compiler.isThere, Comment(rawValue: Compiler.missing)))
struct HostilePluginTests {
  /// What `search` finds in `folder` beside a good library.
  private func load(_ folder: PluginFolder) throws -> (loaded: [PluginLibrary], rejected: [PluginError]) {
    _ = try folder.compile("Good", as: "0-good.so")
    return PluginSearch(paths: [folder.path], environment: [:]).load(taken: [])
  }

  private func expect(
    _ rejected: [PluginError], _ path: String, _ refusal: String, location: SourceLocation = #_sourceLocation
  ) {
    #expect(rejected.map(\.path) == [path], sourceLocation: location)
    let text = rejected.first.map { "\($0)" } ?? ""
    #expect(text.contains(refusal), "\(text)", sourceLocation: location)
    #expect(!text.contains("\n"), "\(text)", sourceLocation: location)
    #expect(rejected.allSatisfy { $0.exitCode == .usage }, sourceLocation: location)
  }

  @Test(arguments: [
    ("MissingSymbol", "it is no backend: it has no symbol sfumato_backend_query"),
    ("Undefined", "undefined symbol: isNowhere"),
    ("OtherMajor", "it was built for interface 2.1, this program has 1.1"),
    ("AnswersNothing", "it does not work with interface 1.1 of this program"),
    ("NeedsNewerHost", "a newer sfumato may be needed"),
    ("TinyStruct", "its table has 8 bytes, which is not even a version"),
    ("ShortStruct", "its table has 136 bytes, but version 1.1 needs at least 152"),
    ("NullFunction", "its function buffer_read is missing"),
    ("BadName", "its name is not made of 1 to 63 letters, digits, '-' and '_'"),
    ("NoSummary", "its version or summary is missing"),
    ("CrashInConstructor", "it crashed when it was tried (signal 11)"),
    ("CrashInQuery", "it crashed when it was tried (signal 11)"),
    ("CrashInDevices", "it crashed when it was tried (signal 6)"),
    ("ExitInConstructor", "it ended the process when it was tried (exit code 0)"),
  ])
  func isRefused(name: String, refusal: String) throws {
    let folder = try PluginFolder()
    let hostile = try folder.compile(name)
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, hostile, refusal)
  }

  @Test func hangs() throws {
    let folder = try PluginFolder()
    let hostile = try folder.compile("Hangs")
    let start = ContinuousClock.now
    let refusal = #expect(throws: PluginError.self) { try PluginLibrary(path: hostile, patience: 500) }
    #expect(ContinuousClock.now - start >= .milliseconds(500))
    #expect(refusal?.problem == "it did not answer within 0.5 seconds")
  }

  /// What a later minor version appends is not there for this host, and does not disturb it.
  @Test func aLaterMinorLoads() throws {
    let folder = try PluginFolder()
    _ = try folder.compile("NewerMinor")
    let (loaded, rejected) = try load(folder)
    #expect(rejected.isEmpty)
    #expect(loaded.map(\.name) == ["good", "later"])
    #expect(loaded.map(\.interface) == ["1.1", "1.8"])
    #expect(loaded.allSatisfy { $0.bufferImport == nil })
  }

  // MARK: Files

  @Test func textIsNoLibrary() throws {
    let folder = try PluginFolder()
    let hostile = try folder.write("text.so", Array("#!/bin/sh\necho I am a backend\n".utf8))
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, hostile, "this is no shared library")
  }

  @Test func anEmptyFileIsNoLibrary() throws {
    let folder = try PluginFolder()
    let empty = try folder.write("empty.so", [])
    expect([try refusal(empty)], empty, "this is no shared library")
  }

  @Test func anotherProcessor() throws {
    let folder = try PluginFolder()
    // A shared library (3) for a PDP-11 (65).
    var header = [UInt8](repeating: 0, count: 64)
    header.replaceSubrange(0..<7, with: [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
    (header[16], header[18]) = (3, 65)
    let hostile = try folder.write("pdp.so", header)
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, hostile, "it is for another processor (ELF machine 65)")
  }

  /// The header alone is right, so that only the loader can tell.
  @Test func aTruncatedLibrary() throws {
    let folder = try PluginFolder()
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.compile("Good", as: "whole")))
    let hostile = try folder.write("half.so", [UInt8](whole.prefix(400)))
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, hostile, "it ")
  }

  @Test func links() throws {
    let folder = try PluginFolder(), elsewhere = try PluginFolder()
    let target = try elsewhere.compile("NewerMinor")
    let link = folder.path + "/link.so"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, link, "a symbolic link to another folder (\(target)); name that file itself")

    // Versioned names are made of links within a folder.
    let inside = folder.path + "/libgood.so"
    try FileManager.default.createSymbolicLink(atPath: inside, withDestinationPath: "0-good.so")
    #expect(try PluginLibrary(path: inside).name == "good")
  }

  @Test func aFileThatEverybodyCanWrite() throws {
    let folder = try PluginFolder()
    let hostile = try folder.compile("NewerMinor")
    try folder.setPermissions(0o777, of: hostile)
    let (loaded, rejected) = try load(folder)
    #expect(loaded.map(\.name) == ["good"])
    expect(rejected, hostile, "the file can be written to by everybody; `chmod o-w \(hostile)` mends it")
  }

  @Test func aFolderThatEverybodyCanWrite() throws {
    let folder = try PluginFolder()
    let good = try folder.compile("Good")
    try folder.setPermissions(0o777, of: folder.path)
    expect(
      [try refusal(good)], good,
      "its folder \(folder.path) can be written to by everybody; `chmod o-w \(folder.path)` mends it")
    try folder.setPermissions(0o755, of: folder.path)
    #expect(try PluginLibrary(path: good).name == "good")
  }

  @Test func notThere() throws {
    let path = try PluginFolder().path + "/nothing.so"
    expect([try refusal(path)], path, "there is no such file")
  }

  private func refusal(_ path: String) throws -> PluginError {
    try #require(#expect(throws: PluginError.self) { try PluginLibrary(path: path) })
  }

  // MARK: Names

  @Test func relativePaths() throws {
    let environment = ["SFUMATO_BACKEND_PATH": "./here:../there"]
    let (loaded, rejected) = PluginSearch(paths: ["libgood.so"], environment: environment).load(taken: [])
    #expect(loaded.isEmpty)
    #expect(rejected.map(\.path) == ["libgood.so", "./here", "../there"])
    #expect(rejected.allSatisfy { $0.problem == "the path is relative; give an absolute one" })
  }

  @Test func aNameThatIsTaken() throws {
    let folder = try PluginFolder()
    let first = try folder.compile("Good", as: "a.so")
    let second = try folder.compile("Good", as: "b.so")
    let (loaded, rejected) = PluginSearch(paths: [second, first, first], environment: [:]).load(taken: [])
    #expect(loaded.map(\.path) == [second])
    expect(rejected, first, "its name \"good\" is that of \(second), which was found first")

    let (none, all) = PluginSearch(paths: [first], environment: [:]).load(taken: ["fftw", "good"])
    #expect(none.isEmpty)
    expect(all, first, "there is a backend of its name \"good\" already")
  }
}
