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
  private var file: FileDescriptor?
  private var columns: [String] = []

  init(_ path: String) { self.path = path }

  deinit { if let file { try? files.close(file) } }

  func observe(_ event: TrainingEvent) throws {
    switch event {
    case .started(let run): try open(behind: run.firstStep)
    case .rewound(let step): try open(behind: step)
    case .logged(let step):
      let members = step.json.members
      if columns.isEmpty {
        columns = members.map(\.key)
        try append(columns)
      }
      let values = Dictionary(members.map { ($0.key, $0.value.number) }) { $1 }
      try append(columns.map { values[$0].flatMap { $0 }.map(Self.text) ?? "" })
    default: break
    }
  }

  private static func text(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? "\(value)"
  }

  private func append(_ cells: [String]) throws {
    guard let file else { return }
    try files.append(Array((cells.joined(separator: ",") + "\n").utf8), to: file, path: path)
  }

  /// Takes up the lines of an earlier run, up to a step; the header counts as step 0.
  private func open(behind step: Int) throws {
    if let file { try files.close(file) }
    (file, columns) = (nil, [])
    let size = RunLog.sizeOfLines(path: path, upTo: step, files) { line in
      let cells = String(decoding: line, as: UTF8.self).split(separator: ",").map(String.init)
      guard let first = cells.first else { return nil }
      if columns.isEmpty {
        columns = first == "step" ? cells : []
        return columns.isEmpty ? nil : 0
      }
      return Int(first)
    }
    file = try files.appending(path, keeping: size)
  }
}
