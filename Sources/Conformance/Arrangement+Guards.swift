import SfumatoBackend
import SfumatoGraph

/// What lies around operands and results, and whether it is still there.
extension Arrangement {
  /// `tensor` between elements that no kernel may read.
  static func poisoned(_ tensor: HostTensor) -> HostTensor {
    let type = TensorType(tensor.type.dtype, [before + tensor.type.count + behind])
    let poison = tensor.type.dtype.isFloat ? Double.nan : tensor.type.dtype == .bool ? 1 : 2_000_000_011
    let one = HostTensor(TensorType(type.dtype, [1]), rounding: [poison]).bytes
    var bytes: [UInt8] = []
    bytes.reserveCapacity(type.byteCount)
    for _ in 0..<before { bytes += one }
    bytes += tensor.bytes
    for _ in 0..<behind { bytes += one }
    return HostTensor(type) { $0.copyBytes(from: bytes) }
  }

  /// What guard elements hold: numbers that every type has.
  static func mark(_ dtype: DType, _ place: String) -> HostTensor {
    HostTensor(TensorType(dtype, [1]), rounding: [place == "before" ? 1 : 96])
  }

  func unguarded(_ outputs: [String: HostTensor]) -> ([HostTensor], String?) {
    var damage: String?
    let tensors = results.enumerated().compactMap { index, type -> HostTensor? in
      guard let whole = outputs["\(index)"] else { return nil }
      let size = type.dtype.byteSize, end = (Self.before + type.count) * size
      for (element, place) in [(0..<Self.before, "before"), (0..<Self.behind, "behind")] {
        let base = place == "before" ? 0 : end, mark = Self.mark(type.dtype, place).bytes
        let hit = element.first { whole.bytes[base + $0 * size..<base + ($0 + 1) * size] != mark[...] }
        if let hit {
          let distance = place == "before" ? Self.before - hit : hit + 1
          damage = "output \(index): element \(distance) \(place) the tensor was written"
        }
      }
      return HostTensor(type) { $0.copyBytes(from: whole.bytes[Self.before * size..<end]) }
    }
    return (tensors, damage)
  }

  static let sentinelTensor = HostTensor(
    (0..<UInt32(sentinel.count)).map { 0xDEAD_0000 | $0 }, sentinel.shape)

  /// The first sentinel, or operand that is no result, that is not as it was.
  func damagedState(_ store: any StateStore, _ operands: [HostTensor]) throws -> String? {
    for slot in slots where slot.name.hasPrefix("sentinel") {
      if try store.read(slot.name) != Self.sentinelTensor {
        return "\(slot.name) between the states was written"
      }
    }
    for (index, operand) in operands.enumerated() where !resultStates.contains("in \(index)") {
      if try store.read("in \(index)") != operand {
        return "operand \(index), which is only read, was written"
      }
    }
    return nil
  }
}
