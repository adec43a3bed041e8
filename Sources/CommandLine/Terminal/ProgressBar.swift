import Foundation

/// How far a task is, as a line of text: `desc: 42%|███ | n/total [elapsed<remaining, rate, postfix]`.
struct ProgressBar: Sendable {
  var title: String
  var total: Int
  /// Steps done before this run, which say nothing of its rate.
  var first = 0
  /// What a rate counts, such as `step`.
  var unit: String

  /// The line for `done` of `total` steps after `elapsed` seconds, at most `width` characters long.
  func line(done: Int, elapsed: Double, postfix: String, width: Int) -> String {
    let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
    let head = "\(title): \(padded("\(Int(share * 100))%", to: 4))"
    let count = "\(done)/\(total)"
    var tail = " \(count) [\(details(done: done, elapsed: elapsed, postfix: postfix))]"
    if head.count + tail.count + 2 > width {
      tail = " \(count) [\(details(done: done, elapsed: elapsed, postfix: ""))]"
    }
    // One column stays free: a full last column makes some terminals wrap.
    let room = width - head.count - tail.count - 3
    let bar = room >= 4 ? "|" + Self.bar(share, width: room) + "|" : "|"
    return String((head + bar + tail).prefix(max(0, width - 1)))
  }

  /// `elapsed<remaining, rate, postfix`
  func details(done: Int, elapsed: Double, postfix: String) -> String {
    let steps = Double(done - first)
    let rate = elapsed > 0 && steps > 0 ? steps / elapsed : nil
    let remaining = rate.map { Self.clock(Double(total - done) / $0) } ?? "?"
    let text = "\(Self.clock(elapsed))<\(remaining), \(Self.rate(rate, unit: unit))"
    return postfix.isEmpty ? text : text + ", " + postfix
  }

  /// A bar of `width` characters, filled to eighths of one.
  static func bar(_ share: Double, width: Int) -> String {
    let eighths = Int((share * Double(width * 8)).rounded(.down))
    let partial = eighths % 8 == 0 ? "" : String(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1])
    let filled = String(repeating: "█", count: eighths / 8) + partial
    return filled + String(repeating: " ", count: width - filled.count)
  }

  /// Steps a second, or seconds a step where that reads better.
  static func rate(_ rate: Double?, unit: String) -> String {
    guard let rate else { return "? \(unit)/s" }
    return rate >= 1 ? "\(decimals(rate)) \(unit)/s" : "\(decimals(1 / rate)) s/\(unit)"
  }

  /// `mm:ss`, or `h:mm:ss` from an hour on.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let total = Int(max(0, seconds).rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(two(minutes)):\(two(rest))"
  }

  private static func decimals(_ value: Double) -> String { String(format: "%.2f", value) }

  private func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
