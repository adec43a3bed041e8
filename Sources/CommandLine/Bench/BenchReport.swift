import Foundation
import Sfumato
import SfumatoBenchmark

/// What benchmarks found, for people.
enum BenchReport {
  static func text(_ result: TrainingBenchmark.Result, isDetailed: Bool) -> String {
    let recipe = result.recipe, size = recipe.data.resolution
    var rows = [
      ["device", device(result.device)],
      [
        "step",
        "\(recipe.name): \(InspectedModel.grouped(result.parameterCount)) parameters, "
          + "\(recipe.training.batch) images of \(size)×\(size), \(recipe.training.precision)",
      ],
      ["time", times(result.times, "steps")],
    ]
    rows += result.phases.map { ["  " + $0.name, times($0.times, "runs")] }
    rows += [
      ["rate", rate(result.imagesPerSecond, result.gigaflops)],
      [
        "first step",
        String(format: "%.2f s", result.firstStep)
          + (result.startToFirstStep.map { String(format: ", %.2f s from the start of the process", $0) }
            ?? ""),
      ],
      memory(result.plannedByteCount, result.workspaceByteCount, peak: result.peakByteCount),
    ]
    if let counts = result.statistics {
      rows.append([
        "a step",
        "\(counts.dispatches) dispatches, \(counts.barriers) barriers, \(mebibytes(counts.traffic.total)) moved",
      ])
    }
    rows += result.notes.map { ["note", $0] }
    return Terminal.table(rows) + profile(result.profile, isDetailed: isDetailed, of: "a step")
  }

  static func text(_ result: SamplingBenchmark.Result, isDetailed: Bool) -> String {
    let recipe = result.recipe, size = recipe.data.resolution
    let rows = [
      ["device", device(result.device)],
      [
        "images",
        "\(recipe.name): \(result.count) of \(size)×\(size), \(result.batch) at once; \(result.samplerSteps) steps of "
          + "\(result.sampler), \(result.evaluations) evaluations of the network",
      ],
      ["time", times(result.times, "rounds")],
      ["rate", rate(result.imagesPerSecond, result.gigaflops)],
      ["first evaluation", String(format: "%.2f s", result.firstEvaluation)],
      memory(result.plannedByteCount, result.workspaceByteCount, peak: result.peakByteCount),
    ]
    return Terminal.table(rows) + profile(result.profile, isDetailed: isDetailed, of: "an evaluation")
  }

  /// A table of convolutions, a column a way, and one of the rest.
  static func text(_ results: [OperationBenchmark.Result], _ benchmark: OperationBenchmark) -> String {
    let names = benchmark.ways.compactMap(\.method)
    let hasErrors = results.contains { $0.chosen?.error != nil }
    var rows = [
      ["operation", "", "GFLOP", "ms", "(fastest – slowest)", "GFLOP/s", "chosen"] + names.map { $0 + " ms" }
        + (hasErrors ? ["error", "direct error"] + names.map { $0 + " error" } : [])
    ]
    for result in results {
      guard let chosen = result.chosen else { continue }
      let others = names.map { name in result.timings.first { $0.way == name } }
      rows.append(
        [
          result.operation, result.detail, number(Double(result.operations) / 1e9),
          milliseconds(chosen.median),
          "(\(milliseconds(chosen.fastest)) – \(milliseconds(chosen.slowest)))", number(chosen.gigaflops),
          chosen.method ?? "",
        ] + others.map { $0.map { milliseconds($0.median) } ?? "" }
          + (hasErrors ? ([chosen.error, result.directError] + others.map { $0?.error }).map(error) : []))
    }
    return Terminal.table(rows) + "\n\n" + device(benchmark.ways[0].device.info)
  }

  private static func error(_ error: Double?) -> String { error.map { String(format: "%.1e", $0) } ?? "" }

  private static func device(_ info: DeviceInfo) -> String { "\(info.backend): \(info.name), \(info.driver)" }

  private static func times(_ times: TimeSamples, _ what: String) -> String {
    "\(milliseconds(times.median)) ms (\(milliseconds(times.fastest)) – \(milliseconds(times.slowest))), median of "
      + "\(times.seconds.count) \(what)"
  }

  private static func rate(_ images: Double, _ gigaflops: Double) -> String {
    "\(number(images)) images a second, \(number(gigaflops)) GFLOP/s"
  }

  private static func memory(_ planned: Int, _ workspace: Int, peak: Int?) -> [String] {
    let parts = [
      "\(mebibytes(planned)) planned", workspace > 0 ? "\(mebibytes(workspace)) of workspace" : nil,
      peak.map { "\(mebibytes($0)) at most in this process" },
    ]
    return ["memory", parts.compactMap { $0 }.joined(separator: ", ")]
  }

  private static func profile(_ summary: ProfileSummary?, isDetailed: Bool, of what: String) -> String {
    guard let summary else { return "" }
    let head = "Operations of \(what)" + (summary.isTimed ? "" : "; this device gives no times of them")
    var text = "\n\n\(head):\n" + table(summary.operations, of: summary) { $0.operation }
    guard isDetailed else { return text }
    text += "\n\nAnd how they are computed:\n" + table(summary.methods, of: summary, name)
    text += summary.isTimed ? "\n\nThe longest kernels:\n" : "\n\nThe kernels that move most:\n"
    text += table(Array(summary.kernels.prefix(ProfileSummary.longestCount)), of: summary) {
      name($0) + ($0.node.isEmpty ? "" : "  " + $0.node)
    }
    return text
  }

  private static func name(_ group: ProfileSummary.Group) -> String {
    [group.operation, group.method].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private static func table(
    _ groups: [ProfileSummary.Group], of summary: ProfileSummary, _ name: (ProfileSummary.Group) -> String
  ) -> String {
    // Only the CPU has processor time.
    let hasProcessor = groups.contains { $0.processor != nil }
    let hasTraffic = groups.contains { $0.traffic != nil }
    // A column a number that the device's compiler tells.
    let fields = KernelReport.Field.columns.filter { field in groups.contains { $0.reported(field) != nil } }
    let times = ["share", "ms"] + (hasProcessor ? ["CPU ms"] : []) + ["GFLOP/s"]
    let head = summary.isTimed ? times : []
    let rows = groups.map { group in
      var row: [String] = []
      if summary.isTimed {
        row = [String(format: "%.1f%%", 100 * group.share), milliseconds(group.wall)]
        if hasProcessor { row.append(group.processor.map(milliseconds) ?? "") }
        row.append(group.gigaflops.map(number) ?? "")
      }
      if hasTraffic { row.append(group.traffic.map { mebibytes($0.total) } ?? "") }
      row += fields.map { field in group.reported(field).map(number) ?? "" }
      return row + ["\(group.count)", name(group)]
    }
    return Terminal.table(
      [head + (hasTraffic ? ["moved"] : []) + fields.map(\.rawValue) + ["kernels", ""]] + rows)
  }

  private static func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1e3
    return String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 1 ? "%.2f" : "%.3f", value)
  }

  private static func number(_ value: Double) -> String {
    String(format: value >= 100 ? "%.0f" : "%.3g", value)
  }
}

extension KernelReport.Field {
  /// Those that tables show; JSON has all.
  static let columns: [Self] = [.registers, .spills, .scratch, .shared, .occupancy, .instructions]
}
