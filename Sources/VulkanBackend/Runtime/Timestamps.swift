import CVulkan

/// Times that a queue writes between commands.
final class Timestamps {
  let pool: VkQueryPool
  let count: Int
  private let device: LogicalDevice
  private let clock: TimestampClock

  /// - Parameter queue: of `device`, with `timestampBits` above 0.
  init(_ device: LogicalDevice, _ queue: Queue, count: Int) throws(VulkanError) {
    var info = VkQueryPoolCreateInfo()
    info.sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO
    info.queryType = VK_QUERY_TYPE_TIMESTAMP
    info.queryCount = UInt32(count)
    var pool: VkQueryPool?
    try check(device.functions.createQueryPool(device.handle, &info, nil, &pool), "vkCreateQueryPool")
    guard let pool else { throw .callFailed(call: "vkCreateQueryPool", result: 0) }
    self.pool = pool
    self.count = count
    self.device = device
    clock = TimestampClock(
      bits: queue.timestampBits, period: Double(device.physical.limits.timestampPeriod) * 1e-9)
  }

  deinit {
    if device.isAbandoned { return }
    device.functions.destroyQueryPool(device.handle, pool, nil)
  }

  /// The times in seconds since the first of them; the commands that write them must be over.
  ///
  /// - Parameter elapsed: seconds on the host's clock from before the first time was written to after the last.
  /// - Returns: nil where the queue wrote none after all, or times that no clock can have measured.
  func seconds(within elapsed: Double) throws(VulkanError) -> [Double]? {
    var ticks = [UInt64](repeating: 0, count: count)
    let result = ticks.withUnsafeMutableBytes { bytes in
      device.functions.getQueryPoolResults(
        device.handle, pool, 0, UInt32(count), bytes.count, bytes.baseAddress, 8,
        VK_QUERY_RESULT_64_BIT.rawValue)
    }
    // Drivers whose work is dropped, such as those over a shim in place of a GPU, never write them.
    if result == VK_NOT_READY { return nil }
    try check(result, "vkGetQueryPoolResults")
    let seconds = clock.seconds(ticks)
    return TimestampClock.isPlausible(seconds, within: elapsed) ? seconds : nil
  }
}

/// How a queue counts time: ticks of some seconds, of which so many bits count, so that they may begin anew at 0.
struct TimestampClock {
  var bits: Int
  /// Seconds of a tick.
  var period: Double

  /// Ticks in order of time, as seconds since the first of them.
  func seconds(_ ticks: [UInt64]) -> [Double] {
    let mask = bits >= 64 ? UInt64.max : (1 << UInt64(bits)) - 1
    guard let first = ticks.first else { return [] }
    return ticks.map { Double(($0 &- first) & mask) * period }
  }

  /// Whether such times can have passed: none before the one that was written earlier, all within what the host's clock counted
  /// around them, but for the two clocks' difference in speed and a millisecond, and not all at once where several groups of commands
  /// ran one after the other.
  static func isPlausible(_ seconds: [Double], within elapsed: Double) -> Bool {
    guard let last = seconds.last else { return true }
    return zip(seconds, seconds.dropFirst()).allSatisfy { $0 <= $1 } && last <= 1.1 * elapsed + 1e-3
      && (last > 0 || seconds.count <= 2)
  }
}
