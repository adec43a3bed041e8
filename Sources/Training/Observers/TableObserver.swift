import Foundation
import SfumatoCheckpoint
import SfumatoRegistry

/// Writes what is logged as a table with commas, for spreadsheets: `metrics.csv` in the run's folder.
///
/// A column a metric, in the order of the first line; a metric that comes later has none. A run that resumes goes on behind its step.
final class TableObserver: TrainingObserver {
  static let definition = TrainingObserverDefinition(
    name: "csv", summary: "what is logged as a table, metrics.csv in the run's folder"
  ) { _, folder in TableObserver(folder.path + "/metrics.csv") }

  let name = "the table of metrics"
  private let path: String
  private let files = PosixFileSystem()
  private var columns: [String] = []
  private var rows: [String] = []

  init(_ path: String) { self.path = path }

  func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let run): read(upTo: run.firstStep)
    case .rewound(let step): read(upTo: step)
    case .logged(let step):
      let members = step.json.members
      if columns.isEmpty { columns = members.map(\.key) }
      let values = Dictionary(members.map { ($0.key, $0.value.number) }) { $1 }
      rows.append(columns.map { values[$0].flatMap { $0 }.map(Self.text) ?? "" }.joined(separator: ","))
      try write()
    default: break
    }
  }

  private static func text(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }

  private func write() throws {
    let text = ([columns.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
    try files.publish(Array(text.utf8), to: path)
  }

  /// Takes up the lines of an earlier run, up to a step.
  private func read(upTo step: Int) {
    (columns, rows) = ([], [])
    guard step > 0, let bytes = try? files.contents(of: path, limit: 1 << 28) else { return }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard let header = lines.first, header.hasPrefix("step,") else { return }
    columns = header.split(separator: ",").map(String.init)
    rows = lines.dropFirst().prefix { line in
      line.split(separator: ",").first.flatMap { Int($0) }.map { $0 <= step } ?? false
    }
  }
}
