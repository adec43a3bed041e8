import Foundation
import Sfumato
import SfumatoConformance
import SfumatoConformanceModels

/// How fast a device carries out operations.
struct PerformanceReport {
  private let device: any Device
  private let cases: [PerformanceCase]

  /// - Parameter operations: what names begin with; all when empty.
  init(_ operations: [String], on device: any Device) throws {
    self.device = device
    cases = try PerformanceCase.all().filter { each in
      operations.isEmpty || operations.contains { each.test.operation.hasPrefix($0) }
    }
  }

  /// Times one case after another and prints it.
  func report(asJSON: Bool) throws {
    var rows = [["operation", "", "types", "ms", "spread", "GFLOP/s", "GB/s"]]
    for each in cases {
      let result = try each.run(on: device)
      if asJSON { Terminal.jsonLine(json(result)) }
      rows.append([
        result.operation, result.detail, result.types, number(result.seconds * 1000),
        "\(Int((result.spread * 100).rounded()))%", number(result.gigaflops),
        number(result.gigabytesPerSecond),
      ])
    }
    if !asJSON {
      print(Terminal.table(rows))
      print(
        "\n\(device.info.backend), \(device.info.name), \(device.info.driver); medians, spread from 10% to 90%"
      )
    }
  }

  private func number(_ value: Double) -> String { String(format: "%.3g", value) }

  private func json(_ result: PerformanceResult) -> JSONObject {
    [
      "op": .string(result.operation), "detail": .string(result.detail), "types": .string(result.types),
      "seconds": .number(result.seconds), "spread": .number(result.spread),
      "gigaflops": .number(result.gigaflops),
      "gigabytes_per_second": .number(result.gigabytesPerSecond),
    ]
  }
}
