import SfumatoBackend
import SfumatoJSON

/// The mean times of a step's kernels over several runs, in groups.
public struct ProfileSummary: Sendable {
  /// What kernels of one kind take in a run.
  public struct Group: Sendable {
    /// Such as `conv`.
    public var operation: String
    /// Such as `winograd`; empty where there is one algorithm only, or for all of an operation's together.
    public var method: String
    /// Where in the model; empty for a group of several.
    public var node: String
    /// Kernels.
    public var count: Int
    /// Seconds on the wall clock.
    public var wall: Double
    /// Seconds of processor time over all threads; nil off the CPU.
    public var processor: Double?
    /// Multiply-adds of convolutions and matrix products.
    public var multiplyAdds: Int
    /// Bytes that they move; nil where a backend does not count.
    public var traffic: MemoryTraffic?
    /// Of the time of all kernels, from 0 to 1.
    public var share: Double
    /// What the device's compiler says of the kernels that they launch, each once; empty where it is not known.
    public var reports: Set<KernelReport> = []

    /// The number that tells of the worst of the kernels; nil where no compiler tells it. Occupancy is the lowest, what is a
    /// size or a count of one kernel the highest, spills, instructions and code those of all.
    public func reported(_ field: KernelReport.Field) -> Double? {
      let values = reports.compactMap { $0[field] }
      return switch field {
      case .occupancy: values.min()
      case .spills, .instructions, .code: values.isEmpty ? nil : values.reduce(0, +)
      case .registers, .scratch, .shared, .latency, .inverseThroughput: values.max()
      }
    }

    /// Nil where no products are computed.
    public var gigaflops: Double? {
      multiplyAdds > 0 && wall > 0 ? 2e-9 * Double(multiplyAdds) / wall : nil
    }
  }

  /// By operation, the longest first.
  public let operations: [Group]
  /// By operation and method, the longest first.
  public let methods: [Group]
  /// Every kernel, the longest first.
  public let kernels: [Group]
  /// Whether the kernels have times; without, what moves most comes first.
  public let isTimed: Bool

  /// - Parameter runs: of the same step, at least one.
  public init(_ runs: [StepProfile]) {
    precondition(!runs.isEmpty, "there is no run")
    let isTimed = runs.allSatisfy(\.isTimed)
    self.isTimed = isTimed
    let total = runs.reduce(0) { sum, run in sum + run.kernels.reduce(0) { $0 + $1.wall } }
    func groups(_ key: (Int, StepProfile.Kernel) -> Group) -> [Group] {
      var numbers: [[String]: Int] = [:]
      var groups: [Group] = []
      for run in runs {
        for (index, kernel) in run.kernels.enumerated() {
          let kind = key(index, kernel)
          let name = [kind.operation, kind.method, kind.node, kind.node.isEmpty ? "" : "\(index)"]
          let number = numbers[name] ?? groups.count
          if number == groups.count {
            numbers[name] = number
            groups.append(kind)
          }
          groups[number].add(kernel)
        }
      }
      let means = groups.map { $0.mean(of: runs.count, total: total) }
      return means.sorted {
        isTimed ? $0.wall > $1.wall : ($0.traffic?.total ?? 0) > ($1.traffic?.total ?? 0)
      }
    }
    operations = groups { _, kernel in Group(operation: kernel.operation) }
    methods = groups { _, kernel in Group(operation: kernel.operation, method: kernel.method) }
    kernels = groups { _, kernel in
      Group(operation: kernel.operation, method: kernel.method, node: kernel.node)
    }
  }
}

extension ProfileSummary.Group {
  fileprivate init(operation: String, method: String = "", node: String = "") {
    self.init(
      operation: operation, method: method, node: node, count: 0, wall: 0, processor: nil, multiplyAdds: 0,
      traffic: nil, share: 0)
  }

  fileprivate mutating func add(_ kernel: StepProfile.Kernel) {
    count += 1
    wall += kernel.wall
    multiplyAdds += kernel.multiplyAdds
    reports.formUnion(kernel.reports)
    if let bytes = kernel.traffic { traffic = (traffic ?? MemoryTraffic()) + bytes }
    if let time = kernel.processor { processor = (processor ?? 0) + time }
  }

  /// The mean of sums over `runs` runs, whose kernels took `total` seconds in all.
  fileprivate func mean(of runs: Int, total: Double) -> Self {
    var mean = self
    mean.count /= runs
    mean.wall /= Double(runs)
    mean.processor = processor.map { $0 / Double(runs) }
    mean.multiplyAdds /= runs
    mean.traffic = traffic.map { MemoryTraffic(read: $0.read / runs, written: $0.written / runs) }
    mean.share = total > 0 ? wall / total : 0
    return mean
  }

  func json(isTimed: Bool) -> JSONObject {
    var object: JSONObject = ["operation": .string(operation)]
    if !method.isEmpty { object["method"] = .string(method) }
    if !node.isEmpty { object["node"] = .string(node) }
    if !reports.isEmpty {
      object["pipelines"] = .integer(reports.count)
      for field in KernelReport.Field.allCases {
        object[field.rawValue] = reported(field).map(JSONValue.number) ?? .null
      }
    }
    return object.with([
      "kernels": .integer(count), "seconds": isTimed ? .number(wall) : .null,
      "processor_seconds": processor.map(JSONValue.number) ?? .null,
      "share": isTimed ? .number(share) : .null,
      "gigaflops": gigaflops.map(JSONValue.number) ?? .null,
      "bytes_read": traffic.map { .integer($0.read) } ?? .null,
      "bytes_written": traffic.map { .integer($0.written) } ?? .null,
    ])
  }
}

extension ProfileSummary {
  /// Kernels that a detailed report names.
  public static let longestCount = 25

  /// `operations`, and where `isDetailed` also `methods` and `longest`; null without a profile.
  static func json(_ summary: ProfileSummary?, isDetailed: Bool) -> JSONObject {
    func list(_ groups: some Sequence<Group>) -> JSONValue {
      .array(groups.map { .object($0.json(isTimed: summary?.isTimed ?? false)) })
    }
    var object: JSONObject = ["operations": summary.map { list($0.operations) } ?? .null]
    if isDetailed, let summary {
      object["methods"] = list(summary.methods)
      object["longest"] = list(summary.kernels.prefix(longestCount))
      let reports = summary.operations.reduce(into: Set<KernelReport>()) { $0.formUnion($1.reports) }
      if !reports.isEmpty { object["pipelines"] = KernelReport.json(reports) }
    }
    return object
  }
}
