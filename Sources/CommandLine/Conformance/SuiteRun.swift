import Sfumato
import SfumatoConformance

/// A suite on a device, with a progress bar, a line for each failure and a table at the end, or with JSON lines.
struct SuiteRun {
  let suite: ConformanceSuite
  let device: any Device
  let isJSON: Bool
  let style: TerminalStyle

  init(_ suite: ConformanceSuite, on device: any Device, asJSON: Bool, style: TerminalStyle) {
    self.suite = suite
    self.device = device
    isJSON = asJSON
    self.style = style
  }

  /// Runs all checks, or those up to an interruption.
  func carryOut() throws -> ConformanceReport {
    var report = ConformanceReport(device.info)
    let display = ProgressDisplay(
      ProgressBar(title: "conformance", total: suite.checks.count, unit: "check"), style: style)
    var done = 0
    suite.run(on: device) { outcome in
      report.add(outcome)
      done += 1
      if isJSON {
        Terminal.jsonLine(outcome.json)
      } else {
        if outcome.status.isProblem { display.note(problem(outcome)) }
        display.update(done, postfix: outcome.result.operation)
      }
      return !Signals.interruption.isRequested
    }
    if !isJSON {
      display.finish(done)
      print(Terminal.table([ConformanceReport.heads] + report.cells))
      print("\n\(device.info.backend), \(device.info.name), \(device.info.driver): \(summary(report))")
    }
    return report
  }

  private func problem(_ outcome: ConformanceOutcome) -> String {
    let text = outcome.result.failure ?? "passed, but is listed as a known failure"
    return "\(style.paint("\(outcome.status.rawValue):", .red)) \(outcome.result.name): \(text)"
  }

  private func summary(_ report: ConformanceReport) -> String {
    let counts = ConformanceStatus.allCases.compactMap { status in
      report.total.counts[status].map { "\($0) \(status.rawValue)" }
    }
    return counts.isEmpty ? "nothing to check" : counts.joined(separator: ", ")
  }
}
