import ArgumentParser
import Foundation
import Sfumato

/// The `sfumato` command.
public struct SfumatoCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "sfumato",
    abstract: "Trains and samples small image generators.",
    discussion: """
      Begin with `sfumato train Samples/recipes/quickstart.yaml --out runs/quickstart`, then \
      `sfumato sample runs/quickstart`.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, SampleCommand.self, DataCommand.self, InspectCommand.self, DevicesCommand.self,
      PluginsCommand.self, ConformanceCommand.self, BenchCommand.self, TuneCommand.self,
    ])

  public init() {}

  /// Parses the process's arguments, runs the command and ends the process with its exit code.
  ///
  /// Register plugins of your own before.
  public static func main() -> Never { main(arguments: Array(CommandLine.arguments.dropFirst())) }

  /// The same with other arguments, as of a program of which the command is a part.
  public static func main(arguments: [String]) -> Never {
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
      Foundation.exit(0)
    } catch {
      Foundation.exit(report(error, style: TerminalStyle(arguments: arguments)))
    }
  }

  /// Says what is wrong in one line, or shows the help that was asked for. Returns the exit code.
  private static func report(_ error: any Error, style: TerminalStyle) -> Int32 {
    if let end = error as? CommandEnd { return end.code.rawValue }
    if let error = error as? any SfumatoError {
      Terminal.standardError("\(style.paint("error:", .red)) \(oneLine("\(error)"))\n")
      return error.exitCode.rawValue
    }
    let code = exitCode(for: error)
    if code == .success {
      print(fullMessage(for: error))
      return code.rawValue
    }
    if code == .validationFailure {
      let text = oneLine(message(for: error))
      Terminal.standardError("\(style.paint("error:", .red)) \(text); see `sfumato --help`\n")
      return SfumatoDiagnostics.ExitCode.usage.rawValue
    }
    Terminal.standardError("\(style.paint("error:", .red)) \(oneLine("\(error)"))\n")
    return SfumatoDiagnostics.ExitCode.badData.rawValue
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .joined(separator: " ")
  }
}

/// Ends a command with an exit code when everything has been said.
struct CommandEnd: Error {
  var code: SfumatoDiagnostics.ExitCode
}

/// Flags that every command takes.
struct CommonOptions: ParsableArguments {
  @Flag(help: "Write JSON lines to standard output, and nothing else.")
  var json = false

  @Option(help: ArgumentHelp("Colour: auto, always or never.", valueName: "when"))
  var color: TerminalStyle.When = .auto
}
