/// FNV-1a with 64 bits (Fowler, Noll and Vo, 1991): the same number in every process and on every machine, unlike Swift's `Hasher`.
public struct StableHash: Sendable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  /// The hash of some bytes.
  public init(_ bytes: some Sequence<UInt8>) {
    self.init()
    for byte in bytes { mix(UInt64(byte)) }
  }

  /// Takes in a number: a byte of what is hashed, or a longer word at once.
  public mutating func mix(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01B3 }
}
