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
  func seconds() throws(VulkanError) -> [Double] {
    var ticks = [UInt64](repeating: 0, count: count)
    let result = ticks.withUnsafeMutableBytes { bytes in
      device.functions.getQueryPoolResults(
        device.handle, pool, 0, UInt32(count), bytes.count, bytes.baseAddress, 8,
        VK_QUERY_RESULT_64_BIT.rawValue)
    }
    try check(result, "vkGetQueryPoolResults")
    return clock.seconds(ticks)
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
}
