/// Bytes on their way from memory and to it, caches aside.
public struct MemoryTraffic: Hashable, Sendable {
  public var read: Int
  public var written: Int

  public init(read: Int = 0, written: Int = 0) {
    self.read = read
    self.written = written
  }

  public var total: Int { read + written }

  public static func + (a: MemoryTraffic, b: MemoryTraffic) -> MemoryTraffic {
    MemoryTraffic(read: a.read + b.read, written: a.written + b.written)
  }

  public static func += (a: inout MemoryTraffic, b: MemoryTraffic) { a = a + b }
}
