import SfumatoBackend
import SfumatoGraph

/// What a suite found on a device, an operation a row.
public struct ConformanceReport: Sendable {
  public struct Row: Sendable {
    public var operation: String
    public var counts: [ConformanceStatus: Int] = [:]
    /// The largest error of a check that passed, by type.
    public var errors: [DType: Double] = [:]
    /// Wall time with the reference.
    public var milliseconds = 0.0

    public var total: Int { counts.values.reduce(0, +) }
  }

  public let device: DeviceInfo
  public private(set) var rows: [Row] = []
  /// Checks that must be looked at, in the order in which they ran.
  public private(set) var problems: [ConformanceOutcome] = []
  private var numbers: [String: Int] = [:]

  public init(_ device: DeviceInfo) { self.device = device }

  public mutating func add(_ outcome: ConformanceOutcome) {
    let result = outcome.result
    let number = numbers[result.operation] ?? rows.count
    if number == rows.count {
      rows.append(Row(operation: result.operation))
      numbers[result.operation] = number
    }
    rows[number].counts[outcome.status, default: 0] += 1
    rows[number].milliseconds += result.milliseconds
    if outcome.status == .passed {
      rows[number].errors[result.dtype] = max(rows[number].errors[result.dtype] ?? 0, result.error)
    }
    if outcome.status.isProblem { problems.append(outcome) }
  }

  /// All operations together.
  public var total: Row {
    rows.reduce(into: Row(operation: "all")) { sum, row in
      sum.counts.merge(row.counts, uniquingKeysWith: +)
      sum.errors.merge(row.errors, uniquingKeysWith: max)
      sum.milliseconds += row.milliseconds
    }
  }
}
