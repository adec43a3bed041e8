import Sfumato
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph

/// Which operations a device has kernels for, by type.
struct SupportReport {
  private let table: SupportTable

  /// - Parameter operations: what names begin with; all when empty.
  init(_ operations: [String], on device: any Device) {
    let cases = (ConformanceCase.primitives + ConformanceCase.regions).filter { test in
      operations.isEmpty || operations.contains { test.operation.hasPrefix($0) }
    }
    table = SupportTable(cases, on: device)
  }

  func report(asJSON: Bool) {
    if asJSON { return table.rows.forEach { Terminal.jsonLine(json($0)) } }
    let rows = table.rows.map { row in
      [row.operation] + DType.allCases.map { row.support[$0]?.rawValue ?? "-" }
    }
    print(Terminal.table([["operation"] + DType.allCases.map(\.rawValue)] + rows))
  }

  private func json(_ row: SupportTable.Row) -> JSONObject {
    var object: JSONObject = ["op": .string(row.operation)]
    for dtype in DType.allCases {
      object[dtype.rawValue] = row.support[dtype].map { .string($0.rawValue) } ?? .null
    }
    return object
  }
}
