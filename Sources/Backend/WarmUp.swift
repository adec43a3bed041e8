/// Working until a device is as fast as it gets.
///
/// GPUs that had little to do run at a fraction of their clock: an H200 at 345 MHz of 1980, from four seconds after a program began to
/// compile rather than to compute. Their drivers raise it again after some tenths of a second of steady work. What is timed before is
/// slow by chance.
public struct WarmUp: Sendable {
  /// Seconds of work before its speed is believed.
  public var least: Double
  /// Seconds after which it is believed all the same.
  public var most: Double

  /// For GPUs.
  public static let clocks = WarmUp(least: 0.5, most: 3)
  /// For what needs none: the work is done once.
  public static let once = WarmUp(least: 0, most: 0)

  public init(least: Double, most: Double) {
    self.least = least
    self.most = most
  }

  /// What a device needs.
  public init(for device: DeviceInfo) {
    self =
      switch device.kind {
      case .discreteGPU, .integratedGPU, .virtualGPU, .accelerator: .clocks
      case .software, .cpu, .reference: .once
      }
  }

  /// Repeats `work`, which should take some milliseconds and end when the device has done it, until it takes no less time any more: its
  /// last runs, for half of `least`, are as long as those as long before them.
  ///
  /// - Parameter now: the time in seconds.
  public func run<Failure: Error>(
    now: () -> Double = Self.seconds, _ work: () throws(Failure) -> Void
  ) throws(Failure) {
    let start = now(), span = least / 2
    var ends: [Double] = [start]
    /// Mean seconds of the runs that ended in the last `span` before `end`, at least one.
    func mean(before end: Double) -> (seconds: Double, begin: Double) {
      let last = ends.lastIndex { $0 <= end } ?? 0
      let first = min(ends.firstIndex { $0 >= end - span } ?? 0, max(last - 1, 0))
      return ((ends[last] - ends[first]) / Double(max(last - first, 1)), ends[first])
    }
    while true {
      try work()
      let time = now()
      ends.append(time)
      if time - start >= most { return }
      guard time - start >= least else { continue }
      let late = mean(before: time), early = mean(before: late.begin)
      if late.seconds >= 0.97 * early.seconds { return }
    }
  }

  /// Seconds since the process first asked.
  public static func seconds() -> Double { (ContinuousClock.now - origin) / .seconds(1) }
  private static let origin = ContinuousClock.now
}
