/// SHA-256 (FIPS 180-4), fed piece by piece.
///
/// Here because a checkpoint's digests are to be checkable with `sha256sum`, and a library for one function
/// would be the largest part of this module.
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  public init() { pending.reserveCapacity(128) }

  /// The digest of `bytes`, in hexadecimal.
  public static func hexadecimal(of bytes: [UInt8]) -> String {
    var digest = SHA256()
    digest.update(bytes)
    return digest.hexadecimal()
  }

  /// Adds `bytes` to the message.
  public mutating func update(_ bytes: [UInt8]) {
    length &+= UInt64(bytes.count)
    var index = 0
    if !pending.isEmpty {
      index = min(64 - pending.count, bytes.count)
      pending.append(contentsOf: bytes[..<index])
      if pending.count < 64 { return }
      pending.withUnsafeBytes { Self.compress(&state, $0[...]) }
      pending.removeAll(keepingCapacity: true)
    }
    bytes.withUnsafeBytes { raw in
      while raw.count - index >= 64 {
        Self.compress(&state, raw[index..<index + 64])
        index += 64
      }
    }
    pending.append(contentsOf: bytes[index...])
  }

  /// The digest of all bytes so far, in hexadecimal.
  public func hexadecimal() -> String {
    var last = self
    let bits = length &* 8
    var padding: [UInt8] = [0x80]
    while (pending.count + padding.count) % 64 != 56 { padding.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
      padding.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    last.update(padding)
    return last.state.map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 8 - text.count) + text
    }.joined()
  }

  /// One block of 64 bytes (section 6.2.2).
  private static func compress(_ state: inout [UInt32], _ block: Slice<UnsafeRawBufferPointer>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
      let raw = UnsafeRawBufferPointer(rebasing: block)
      for t in 0..<16 { w[t] = UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4 * t, as: UInt32.self)) }
      for t in 16..<64 {
        let s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >> 3)
        let s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >> 10)
        w[t] = w[t - 16] &+ s0 &+ w[t - 7] &+ s1
      }
      var a = state[0], b = state[1], c = state[2], d = state[3]
      var e = state[4], f = state[5], g = state[6], h = state[7]
      for t in 0..<64 {
        let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
        let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[t] &+ w[t]
        let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
        let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
      }
      for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] &+= value }
    }
  }

  @inline(__always)
  private static func rotate(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 - n) }

  /// Fractional parts of the cube roots of the first 64 primes (section 4.2.2), computed rather than listed.
  private static let constants: [UInt32] = {
    var primes: [Int] = []
    var candidate = 2
    while primes.count < 64 {
      if primes.allSatisfy({ !candidate.isMultiple(of: $0) }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map(cubeRootFraction)
  }()

  /// The first 32 fractional bits of ∛p: the largest r with r³ ≤ p·2⁹⁶, found bit by bit, modulo 2³².
  private static func cubeRootFraction(_ p: Int) -> UInt32 {
    var root: UInt64 = 0
    for bit in stride(from: UInt64(35), through: 0, by: -1) where fits(root | 1 << bit, p) {
      root |= 1 << bit
    }
    return UInt32(truncatingIfNeeded: root)
  }

  /// Whether r³ ≤ p·2⁹⁶, in 128-bit integers; r < 2³⁶, so that r³ < 2¹⁰⁸.
  private static func fits(_ r: UInt64, _ p: Int) -> Bool {
    let wide = UInt128(r)
    return wide * wide * wide <= UInt128(p) << 96
  }
}
