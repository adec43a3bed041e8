import ArgumentParser
import Foundation

/// Whether and how to colour what goes to standard error.
struct TerminalStyle: Sendable {
  /// What the `--color` flag says.
  enum When: String, ExpressibleByArgument, CaseIterable, Sendable { case auto, always, never }

  enum Paint: String { case red = "31", green = "32", cyan = "36" }

  let hasColor: Bool

  /// The flag goes before `NO_COLOR`, that before `TERM=dumb`, and all before whether it is a terminal.
  init(
    _ when: When, environment: [String: String] = ProcessInfo.processInfo.environment,
    isTerminal: Bool = isatty(STDERR_FILENO) == 1
  ) {
    hasColor =
      switch when {
      case .always: true
      case .never: false
      case .auto: environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb" && isTerminal
      }
  }

  /// From raw arguments, for errors that come before these are parsed.
  init(arguments: [String]) {
    var when = When.auto
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix("--color=") { when = When(rawValue: String(argument.dropFirst(8))) ?? when }
      if argument == "--color", index + 1 < arguments.count {
        when = When(rawValue: arguments[index + 1]) ?? when
      }
    }
    self.init(when)
  }

  func paint(_ text: String, _ paint: Paint) -> String {
    hasColor ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
  }
}
