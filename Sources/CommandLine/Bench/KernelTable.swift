import Foundation
import Sfumato

/// What a device's compiler says of kernels, for people.
enum KernelTable {
  /// A row a kernel, a column a number that the compiler tells; nil where it tells of none.
  static func text(_ reports: [KernelReport]) -> String? {
    let fields = KernelReport.Field.allCases.filter { field in reports.contains { $0[field] != nil } }
    guard !fields.isEmpty else { return nil }
    let head = ["KERNEL"] + fields.map { $0.rawValue.uppercased() }
    let rows = reports.sorted { $0.name < $1.name }.map { report in
      [report.name] + fields.map { field in report[field].map { String(format: "%.0f", $0) } ?? "" }
    }
    return Terminal.table([head] + rows)
  }
}
