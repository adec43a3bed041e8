import SfumatoJSON

/// How long each of several runs of the same work took.
public struct TimeSamples: Sendable {
  /// In the order in which they were taken.
  public let seconds: [Double]
  private let sorted: [Double]

  /// - Parameter seconds: at least one.
  public init(_ seconds: [Double]) {
    precondition(!seconds.isEmpty, "nothing was measured")
    self.seconds = seconds
    sorted = seconds.sorted()
  }

  /// Runs `work` so many times.
  public init(_ count: Int, _ work: () throws -> Void) rethrows {
    var seconds: [Double] = []
    for _ in 0..<max(count, 1) {
      let start = ContinuousClock.now
      try work()
      seconds.append(start.elapsed)
    }
    self.init(seconds)
  }

  /// The middle one, or the mean of the two in the middle.
  public var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }
  public var fastest: Double { sorted[0] }
  public var slowest: Double { sorted[sorted.count - 1] }

  /// `seconds`, `median`, `fastest` and `slowest`.
  var json: JSONObject {
    [
      "seconds": .array(seconds.map(JSONValue.number)), "median": .number(median),
      "fastest": .number(fastest), "slowest": .number(slowest),
    ]
  }
}

extension ContinuousClock.Instant {
  /// Seconds since then.
  var elapsed: Double { duration(to: .now) / .seconds(1) }
}

extension JSONObject {
  /// The members of both, those of `other` last.
  func with(_ other: JSONObject) -> JSONObject {
    var all = self
    for (key, value) in other.members { all[key] = value }
    return all
  }
}
