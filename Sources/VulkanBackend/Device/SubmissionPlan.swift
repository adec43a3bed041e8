import SfumatoGraph

/// Where the parts of a step are cut into submissions, so that none runs for so long that a driver's watchdog ends it.
struct SubmissionPlan: Equatable {
  /// The parts of each submission, in order.
  let ranges: [Range<Int>]

  /// As few submissions as take `limit` seconds or less each, where a part alone does.
  ///
  /// - Parameters:
  ///   - seconds: what each part takes.
  ///   - limit: nil for one submission, however long it takes.
  init(_ seconds: [Double], limit: Double?) {
    guard let limit else {
      ranges = [0..<seconds.count]
      return
    }
    var ranges: [Range<Int>] = []
    var first = 0
    var sum = 0.0
    for (part, each) in seconds.enumerated() {
      if part > first, sum + each > limit {
        ranges.append(first..<part)
        (first, sum) = (part, 0)
      }
      sum += each
    }
    self.ranges = ranges + [first..<seconds.count]
  }

  /// The submission that a part is in.
  func submission(of part: Int) -> Int { ranges.firstIndex { $0.contains(part) } ?? 0 }
}

extension StepPart {
  /// Seconds on a slow GPU, for the first run, before anything is measured: 10¹¹ multiply-adds and 10 GB a second.
  func estimatedSeconds(in program: Program) -> Double {
    var multiplyAdds = 0
    if case .node(let index) = kind { multiplyAdds = program.multiplyAdds(of: program.nodes[index]) }
    let bytes = group.commands.reduce(0) { $0 + $1.traffic.total }
    return Double(multiplyAdds) / 1e11 + Double(bytes) / 1e10
  }
}
