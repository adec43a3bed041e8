import Foundation
import Sfumato

/// The process's terminal.
enum Terminal {
  /// Writes a line that says what people should know and need not mend.
  static func note(_ text: String) { standardError("note: \(text)\n") }

  /// Writes text to standard error at once.
  static func standardError(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Writes a JSON line to standard output at once, so that a reader of a pipe sees it.
  static func jsonLine(_ object: JSONObject) {
    write(JSONValue.object(object).line + "\n", to: STDOUT_FILENO)
  }

  /// Writes all of `text`. What nobody can read any more is dropped: a closed stream is no reason to stop a run.
  private static func write(_ text: String, to stream: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(stream, $0.baseAddress, $0.count) }
      if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  /// Whether lines on standard error can be overwritten.
  static var canRedraw: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Characters in a line of standard error's terminal.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Columns of text, each as wide as its widest entry, two spaces between.
  static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        column == row.count - 1 ? text : text + String(repeating: " ", count: widths[column] - text.count)
      }
      return cells.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
