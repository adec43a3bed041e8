import Foundation

/// What the operating system tells about this machine.
enum Processor {
  /// Cores that this process may run on.
  static var coreCount: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// The processor's name, as the kernel tells it.
  static var name: String {
    field("model name", in: "/proc/cpuinfo") ?? "CPU"
  }

  /// Bytes that can be allocated without swapping, when known.
  static var availableMemory: Int? {
    guard let text = field("MemAvailable", in: "/proc/meminfo"),
      let kibibytes = Int(text.split(separator: " ")[0])
    else { return nil }
    return kibibytes * 1024
  }

  /// Seconds of processor time that this process has used, over all its threads.
  static var timeUsed: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// Seconds on a clock that only goes forward.
  static var time: Double { seconds(CLOCK_MONOTONIC) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func field(_ name: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      if !value.isEmpty { return value }
    }
    return nil
  }
}
