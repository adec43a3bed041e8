import ArgumentParser
import Foundation
import Testing

@testable import SfumatoCommandLine

/// The help texts as users see them. `SFUMATO_UPDATE_SNAPSHOTS=1` writes them anew.
@Suite struct HelpTests {
  /// Every command with the words that lead to it; the first is none.
  static let commands = paths(of: SfumatoCommand.self)
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")

  private static func paths(of command: any ParsableCommand.Type) -> [[String]] {
    [[]]
      + command.configuration.subcommands.flatMap { subcommand in
        paths(of: subcommand).map { [subcommand._commandName] + $0 }
      }
  }

  private static func file(_ command: [String]) -> String {
    (["sfumato"] + command).joined(separator: "-") + ".txt"
  }

  @Test(arguments: commands) func helpIsTheSnapshot(command: [String]) throws {
    let program = try Program(command + ["--help"])
    #expect(program.exitCode == 0 && program.errors.isEmpty)
    let file = Self.folder.appending(path: Self.file(command))
    if ProcessInfo.processInfo.environment["SFUMATO_UPDATE_SNAPSHOTS"] == "1" {
      try program.output.write(to: file, atomically: true, encoding: .utf8)
    }
    let snapshot = try String(contentsOf: file, encoding: .utf8)
    #expect(
      program.output == snapshot,
      "\(file.lastPathComponent) differs; SFUMATO_UPDATE_SNAPSHOTS=1 writes it anew")
    // The usage line is the parser library's own and is never wrapped.
    let lines = program.output.split(separator: "\n").filter { !$0.hasPrefix("USAGE: ") }
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test func everySnapshotHasACommand() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(files == Self.commands.map(Self.file).sorted())
  }
}
