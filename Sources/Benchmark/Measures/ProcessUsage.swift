import Foundation

/// What the operating system tells about this process.
public enum ProcessUsage {
  /// The most bytes of memory that it has had at once; nil where that is not told.
  public static var peakByteCount: Int? {
    guard let status = text("/proc/self/status"),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return line.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
  }

  /// Seconds since it was started, to a hundredth; nil where that is not told.
  public static var age: Double? {
    // The second field is the program's name in parentheses and may hold anything; the start is field 22.
    guard let fields = text("/proc/self/stat")?.split(separator: ")").last?.split(separator: " "),
      fields.count > 19, let ticks = Double(fields[19])
    else { return nil }
    var now = timespec()
    guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
