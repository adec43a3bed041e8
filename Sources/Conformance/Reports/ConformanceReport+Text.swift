import SfumatoGraph

extension ConformanceReport {
  /// The heads of the columns of `cells`.
  public static let heads =
    ["operation", "checks", "passed", "failed", "unsupported", "known failures"]
    + DType.floats.map { "error \($0.rawValue)" } + ["seconds"]

  /// A line of cells for each operation, and one for all of them.
  public var cells: [[String]] { (rows + [total]).map(\.cells) }

  /// The report as a Markdown table, with the device, and a line for each problem.
  public var markdown: String {
    var lines = [
      "| | |", "|---|---|", "| backend | `\(device.backend)` |",
      "| device | \(device.name) (\(device.kind.rawValue)) |",
      "| driver | \(device.driver) |", "",
      "| " + Self.heads.joined(separator: " | ") + " |",
      "|---|" + String(repeating: "--:|", count: Self.heads.count - 1),
    ]
    lines += cells.map { "| " + $0.joined(separator: " | ") + " |" }
    lines +=
      [""] + problems.map { "- **\($0.status.rawValue)** `\($0.result.name)`: \($0.result.failure ?? "")" }
    return lines.joined(separator: "\n").trimmingEnd + "\n"
  }
}

extension ConformanceReport.Row {
  fileprivate var cells: [String] {
    let failed = counts[.failed, default: 0] + counts[.unexpectedPass, default: 0]
    return [
      operation, "\(total)", "\(counts[.passed, default: 0])", "\(failed)",
      "\(counts[.unsupported, default: 0])",
      "\(counts[.knownFailure, default: 0])",
    ] + DType.floats.map { errors[$0].map(scientific) ?? "" } + [tenths(milliseconds / 1000)]
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    var text = self
    while text.last?.isNewline == true { text.removeLast() }
    return text
  }
}

/// Two digits and an exponent, such as `3.1e-09`; `0` for none.
func scientific(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
  var exponent = 0, mantissa = value
  while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  while mantissa < 0.995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
  let digits = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
  return "\(tenths(mantissa))e\(exponent < 0 ? "-" : "+")\(digits)"
}

/// One digit behind the point.
func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
