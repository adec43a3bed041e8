import Foundation

/// Shows a progress bar on standard error: redrawn in place on a terminal, a plain line every few seconds
/// elsewhere.
final class ProgressDisplay {
  private let bar: ProgressBar
  private let style: TerminalStyle
  private let canRedraw: Bool
  private let start = Date()
  private var last = Date.distantPast
  private var postfix = ""
  private var isDrawn = false

  /// Seconds between two drawings.
  private var interval: Double { canRedraw ? 0.1 : 5 }

  init(_ bar: ProgressBar, style: TerminalStyle, canRedraw: Bool = Terminal.canRedraw) {
    self.bar = bar
    self.style = style
    self.canRedraw = canRedraw
  }

  /// Says that `done` steps are done, and `postfix` beside them where it is given.
  func update(_ done: Int, postfix: String? = nil) {
    if let postfix { self.postfix = postfix }
    let now = Date()
    guard now.timeIntervalSince(last) >= interval else { return }
    last = now
    draw(done, elapsed: now.timeIntervalSince(start))
  }

  /// A line above the bar.
  func note(_ text: String) {
    clear()
    Terminal.standardError(text + "\n")
    last = .distantPast
  }

  /// Draws the bar a last time and leaves it.
  func finish(_ done: Int) {
    draw(done, elapsed: Date().timeIntervalSince(start))
    if canRedraw { Terminal.standardError("\n") }
    isDrawn = false
  }

  private func draw(_ done: Int, elapsed: Double) {
    if canRedraw {
      let line = bar.line(done: done, elapsed: elapsed, postfix: postfix, width: Terminal.width)
      Terminal.standardError("\r\u{1B}[K" + style.paint(line, .cyan))
      isDrawn = true
    } else {
      let details = bar.details(done: done, elapsed: elapsed, postfix: postfix)
      Terminal.standardError("\(bar.title): \(done)/\(bar.total) [\(details)]\n")
    }
  }

  private func clear() {
    if isDrawn { Terminal.standardError("\r\u{1B}[K") }
    isDrawn = false
  }
}
